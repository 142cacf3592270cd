import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from './support/eventually.ts';
import { anEmailChange, aVerification } from './support/notifications.ts';
import { type RunningStack, runStack } from './support/running-stack.ts';
import { runTyped } from './support/typed-command.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'infra/README.md',
  ...readdirSync(join(PROJECT, 'docs')).map((file) => `docs/${file}`),
];

/** The commands of a page, in blocks and in tables, except those that run until they are interrupted. */
const commandsOf = (page: string): string[] =>
  [...readFileSync(join(PROJECT, page), 'utf8').matchAll(/npm run oncall -- [^`\n]*/g)]
    .map(([line]) => line.trim())
    .filter((line) => !/--follow|--help|watch$/.test(line));

let stack: RunningStack;
let folder: string;
let fractalUrl: string;

beforeAll(async () => {
  stack = await runStack({ installation: { stage: 'dev', forwardTo: { url: 'https://backend.example.com/fractal' } } });
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-pages-'));
  ({ fractalUrl } = JSON.parse(readFileSync(stack.stackFile, 'utf8')));
  Object.assign(process.env, { FRACTAL_CLIENT_ID: 'any', FRACTAL_CLIENT_SECRET: 'any' });
  await writeFile(join(folder, 'states.jsonl'), `${aVerification()}\n`);
});

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

test('the signed request of docs/webhook.md is accepted as typed', async () => {
  const [, typed = ''] = /```sh\n([\s\S]*?)```/.exec(readFileSync(join(PROJECT, 'docs/webhook.md'), 'utf8')) ?? [];
  const { tokens } = JSON.parse(readFileSync(stack.stackFile, 'utf8'));
  const env = { ...process.env, TOKEN: tokens['*'][0], WEBHOOK_URL: stack.webhookUrl };
  const { stdout } = await promisify(execFile)('sh', ['-c', typed], { env });
  expect(JSON.parse(stdout)).toEqual({ status: 'accepted', id: expect.any(String) });
});

describe('every command runs as typed', () => {
  test.each(
    pages
      .filter((page) => page.endsWith('.md'))
      .map((page) => [page, commandsOf(page)] as const)
      .filter(([, lines]) => lines.length > 0),
  )('in %s', async (_, lines) => {
    await stack.deliver('nonsense');
    const { answer } = await stack.deliver(anEmailChange().replace('"email"', '"mail"'));
    for (const user of ['42', 'USER_ID']) {
      await stack.deliver(aVerification({ user, level: 'plus' }));
      await eventually(async () => expect(await stack.item(`USER#${user}`, 'LEVEL#plus')).toBeDefined());
    }
    for (const line of lines) {
      const typed = line
        // Since the stack runs: its history does not reach further back.
        .replace(/(--as-of) \S+/, `$1 ${new Date().toISOString()}`)
        // The local stack plays Fractal.
        .replace(/(reconcile.*) --stack /, `$1 --auth-url ${fractalUrl} --resource-url ${fractalUrl} --stack `)
        .replace(/reconcile/, `reconcile --file ${join(folder, 'compared.json')}`)
        .replace('approved.csv', join(folder, `approved-${randomUUID()}.csv`))
        .replace('FORMER_HISTORY_TABLE', stack.outputs.HistoryTableName as string)
        .replace(/\bID$/, answer.id as string)
        .replace('FILE', 'dropped.jsonl')
        .replace(/\b(states|dropped|dead-letters)\.jsonl/, join(folder, '$1.jsonl'));
      await writeFile(join(folder, 'dropped.jsonl'), '', { flag: 'a' });
      const { status, stderr } = await runTyped(
        stack,
        /--stack /.test(typed) ? typed : `${typed} --stack-file ${stack.stackFile}`,
      );
      // What goes to standard error besides errors is progress.
      expect({ line, status, error: /error.*/i.exec(stderr)?.[0] }).toEqual({ line, status: status && 1, error: undefined });
    }
  });
});
