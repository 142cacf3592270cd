import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';
import type { Verdict } from './claim.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Runs `npm run acceptance` as a person would. */
const accept = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const running = spawn('npm', ['run', '--silent', 'acceptance', '--', ...args], {
    cwd: PROJECT,
    env: { ...process.env, ...env },
  });
  let stdout = '';
  let stderr = '';
  running.stdout.on('data', (chunk) => (stdout += chunk));
  running.stderr.on('data', (chunk) => (stderr += chunk));
  const [status] = await once(running, 'close');
  return { status, stdout, stderr };
};

const verdictsIn = (stdout: string): Verdict[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const countIn = async ({ dynamodb, tableName: TableName }: RunningStack) =>
  (await dynamodb.send(new ScanCommand({ TableName, Select: 'COUNT' }))).Count;

describe('npm run acceptance', () => {
  test('shows everything on the local stack that it can, and leaves nothing', async () => {
    const stack = await runStack();
    const { status, stdout, stderr } = await accept(['--stack-file', stack.stackFile]);
    console.log(stdout);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/\n18 ok, 0 failed, 10 not checked here\. The test users and their messages are removed\.\n$/);
    expect(await countIn(stack)).toBe(0);
    expect(await stack.deadLetterDepth()).toBe(0);
    await stack.stop();
  });

  test('says what is not so, with exit status 1', async () => {
    const stack = await runStack();
    await stack.setFaults([{ service: 'events', action: 'PutRule', fault: 'denied' }]);
    const { status, stdout } = await accept(['--stack-file', stack.stackFile, '--json']);
    const failed = verdictsIn(stdout).filter(({ result }) => result === 'failed');
    expect(failed).toMatchObject([{ says: 'Archived events can be replayed', seen: expect.stringContaining('AWS denied') }]);
    expect(status).toBe(1);
    await stack.stop();
  });

  test('removes the test users when it is interrupted', async () => {
    const stack = await runStack();
    const args = ['--import', './node-24.js', 'test/acceptance/run.ts', '--stack-file', stack.stackFile];
    const running = spawn(process.execPath, args, { cwd: PROJECT });
    let output = '';
    for (const stream of [running.stdout, running.stderr]) stream.on('data', (chunk) => (output += chunk));
    await eventually(async () => expect(output).toContain('All five types reach the table'));
    expect(await countIn(stack)).toBeGreaterThan(4);
    running.kill('SIGINT');
    const [status] = await once(running, 'close');
    expect(status).toBe(130);
    expect(output).toContain('Stopping as soon as the test users are removed. Interrupt again to stop now.');
    expect(output).not.toContain('Archived events can be replayed');
    expect(await countIn(stack)).toBe(0);
    await stack.stop();
  });

  test('sends nothing to a deployed stack without confirmation, with exit status 2', async () => {
    const stack = await runStack();
    const env = {
      AWS_ENDPOINT_URL: stack.awsEndpointUrl,
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
    };
    const { status, stdout, stderr } = await accept(['--stack', 'FractalWebhooks'], env);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: Nothing was sent\. .* Add --yes to confirm\.\n$/);
    await stack.stop();
  });
});
