import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FLOW } from '../docs/flow.ts';
import { INSTALLATIONS } from '../infra/installations.ts';
import { SETTING_NAMES } from '../infra/settings.ts';
import { DEFAULTS } from '../infra/stages.ts';
import { readAssembly } from '../local/template/assembly.ts';
import { assemblyFolder } from './support/once.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(PROJECT, file), 'utf8');
const operating = read('infra/README.md');

const sourcesOf = (room: string): string[] =>
  readdirSync(join(PROJECT, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ts$/.test(file) && !file.includes('node_modules'))
    .map((file) => join(room, file));

/** What people are told to run: in the documents, and by the commands. */
const pages = readdirSync(join(PROJECT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .map((file) => join('docs', file));
const told = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'infra/README.md',
  'oncall/RUNBOOK.md',
  ...pages,
  ...['oncall', 'local', 'infra'].flatMap(sourcesOf),
].map((file) => [file, read(file)] as const);

describe('what people are told', () => {
  test('never deploys with a setting that the next deployment would undo', () => {
    const deployments = told.flatMap(([, text]) => [...text.matchAll(/cdk -- deploy[^\n`']*/g)].map(([line]) => line));
    expect(deployments.length).toBeGreaterThan(3);
    expect(deployments.filter((line) => /-c |--context/.test(line) && !/releaseCheck=false/.test(line))).toEqual([]);
  });

  // Outside of the project's folder npx asks a registry, which may have anybody's package of that name.
  test('never asks a registry for a program', () => {
    expect(told.filter(([, text]) => /\bnpx\b(?! --no -- )|npm exec/.test(text)).map(([file]) => file)).toEqual([]);
  });

  test('deploys installations that there are', () => {
    const names = told.flatMap(([, text]) => [...text.matchAll(/cdk -- deploy ([A-Z][\w-]*)/g)].map(([, name = '']) => name));
    expect(names.length).toBeGreaterThan(2);
    expect(names.filter((name) => name !== 'NAME' && !(name in INSTALLATIONS))).toEqual([]);
  });
});

describe('the table of settings', () => {
  test('names each, with the default of each stage', () => {
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
        ...['dev', 'staging', 'prod'].map((stage) => String(DEFAULTS[stage as 'dev'][name])),
      ]);
    }
  });
});

describe('what a new stack adopts', () => {
  test('is under the logical ids of the template', async () => {
    const { template } = await readAssembly(assemblyFolder());
    const [, block = ''] = /```json\n([\s\S]*?)```/.exec(operating) ?? [];
    const IDENTIFIERS: Record<string, string> = {
      'AWS::DynamoDB::Table': 'TableName',
      'AWS::SecretsManager::Secret': 'Id',
      'AWS::SQS::Queue': 'QueueUrl',
    };
    const adopted = Object.entries<Record<string, string>>(JSON.parse(block));
    const held = Object.entries(template.Resources).filter(
      ([, { Type, Properties = {} }]) => Type in IDENTIFIERS && !(Number(Properties.MessageRetentionPeriod) <= 300),
    );
    expect(adopted.map(([id, by]) => [id, Object.keys(by)]).sort()).toEqual(
      held.map(([id, { Type }]) => [id, [IDENTIFIERS[Type]]]).sort(),
    );
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

  test.each(told.filter(([file]) => file.endsWith('.md')))('in %s lead to files and sections that there are', (file, text) => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([\w-]+))?\)/g)];
    for (const [, path = '', anchor] of links) {
      const to = path === '' ? file : join(dirname(file), path);
      expect([to, existsSync(join(PROJECT, to))]).toEqual([to, true]);
      if (anchor) expect(anchorsOf(read(to))).toContain(anchor);
    }
  });
});
