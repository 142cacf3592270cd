import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FLOW } from '../docs/flow.ts';
import { readAssembly } from '../emulator/template/assembly.ts';
import { INSTALLATIONS } from '../infra/installations.ts';
import { SETTING_NAMES } from '../infra/read-settings.ts';
import type { Defaults } from '../infra/settings.ts';
import { DEFAULTS } from '../infra/stages.ts';
import { assemblyFolder } from './support/once.ts';
import { resourcesOf, variant } from './support/templates.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(PROJECT, file), 'utf8');
const operating = read('infra/README.md');

const sourcesOf = (room: string): string[] =>
  readdirSync(join(PROJECT, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ts$/.test(file) && !file.includes('node_modules'))
    .map((file) => join(room, file));

/** Where people find commands to run: the documents, and the output of the programs. */
const pages = readdirSync(join(PROJECT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .map((file) => join('docs', file));
const instructions = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'infra/README.md',
  'oncall/RUNBOOK.md',
  ...pages,
  ...['oncall', 'local', 'infra'].flatMap(sourcesOf),
].map((file) => [file, read(file)] as const);

describe('instructions', () => {
  test('never deploy with a setting that the next deployment would undo', () => {
    const deployments = instructions.flatMap(([, text]) => [...text.matchAll(/cdk -- deploy[^\n`']*/g)].map(([line]) => line));
    expect(deployments.length).toBeGreaterThan(3);
    expect(deployments.filter((line) => /-c |--context/.test(line) && !/releaseCheck=false/.test(line))).toEqual([]);
  });

  // Outside the project's folder, npx downloads from a registry, where anyone can own a package of that name.
  test('never run a program from a registry', () => {
    expect(
      instructions.filter(([, text]) => /\bnpx\b(?! --no --[ `])|(?<!p)npm exec|\bdlx\b/.test(text)).map(([file]) => file),
    ).toEqual([]);
  });

  test('deploy existing installations', () => {
    const names = instructions.flatMap(([, text]) =>
      [...text.matchAll(/cdk -- deploy ([A-Z][\w-]*)/g)].map(([, name = '']) => name),
    );
    expect(names.length).toBeGreaterThan(2);
    expect(names.filter((name) => name !== 'NAME' && !(name in INSTALLATIONS))).toEqual([]);
  });
});

describe('the table of settings', () => {
  test('lists every setting, with the default of each stage', () => {
    const table = operating.slice(
      operating.indexOf('| setting | dev | staging | prod |'),
      operating.indexOf('On every synthesis'),
    );
    for (const name of SETTING_NAMES) expect([name, table.includes(`\`${name}\``)]).toEqual([name, true]);
    for (const line of table
      .split('\n')
      .slice(2)
      .filter((row) => row.startsWith('|'))) {
      const [, what = '', ...columns] = line.split('|').map((cell) => cell.trim());
      const [name = ''] = [...what.matchAll(/`(\w+)`/g)].map(([, one = '']) => one);
      if (!(name in DEFAULTS.prod)) continue;
      expect([name, ...columns.slice(0, 3)]).toEqual([
        name,
        ...['dev', 'staging', 'prod'].map((stage) => String(DEFAULTS[stage as 'dev'][name as keyof Defaults])),
      ]);
    }
  });
});

describe('the resources that a new stack adopts', () => {
  test('have the logical ids of the template', async () => {
    const { template } = await readAssembly(assemblyFolder());
    const uninstall = read('docs/uninstall.md');
    const [, block = ''] = /```json\n([\s\S]*?)```/.exec(uninstall) ?? [];
    const IDENTIFIERS: Record<string, string> = {
      'AWS::DynamoDB::Table': 'TableName',
      'AWS::SecretsManager::Secret': 'Id',
      'AWS::SQS::Queue': 'QueueUrl',
      'AWS::S3::Bucket': 'BucketName',
    };
    const adopted = Object.entries<Record<string, string>>(JSON.parse(block));
    const held = Object.entries(template.Resources).filter(
      ([, { Type, Properties = {} }]) => Type in IDENTIFIERS && !(Number(Properties.MessageRetentionPeriod) <= 3_600),
    );
    expect(adopted.map(([id, by]) => [id, Object.keys(by)]).sort()).toEqual(
      held.map(([id, { Type }]) => [id, [IDENTIFIERS[Type]]]).sort(),
    );
    const [[keyId] = []] = resourcesOf(variant('with all optional settings').template, 'AWS::KMS::Key');
    expect(uninstall).toContain(`add the key, to which the others refer: \`"${keyId}": { "KeyId": "KEY_ID" }\`.`);
  });
});

test('the flow is drawn by npm run flow', () => {
  expect(read('docs/pictures/flow.svg')).toBe(FLOW);
});

describe('links', () => {
  const anchorsOf = (text: string): string[] =>
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    );

  test.each(instructions.filter(([file]) => file.endsWith('.md')))('in %s lead to existing files and sections', (file, text) => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([\w-]+))?\)/g)];
    for (const [, path = '', anchor] of links) {
      const to = path === '' ? file : join(dirname(file), path);
      expect([to, existsSync(join(PROJECT, to))]).toEqual([to, true]);
      if (anchor) expect(anchorsOf(read(to))).toContain(anchor);
    }
  });
});
