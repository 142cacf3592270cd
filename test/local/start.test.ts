import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { STACK_ENGINES } from '../support/engines.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification, DOCUMENTED } from '../support/notifications.ts';
import { assemblyFolder } from '../support/once.ts';
import { runStack } from '../support/running-stack.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

const start = (args: readonly string[], env: Record<string, string>) =>
  spawnSync(process.execPath, ['local/start.ts', '--assembly', assemblyFolder(), ...args], {
    cwd: PROJECT,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 20_000,
  });

/** The descendants of the stack's process. */
const descendants = (pid: number): number[] => {
  const children = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .stdout.split('\n')
    .map(Number)
    .filter((child) => child > 0);
  return children.flatMap((child) => [child, ...descendants(child)]);
};

// Zombies, which have ended, do not count as left behind.
const isAlive = (pid: number): boolean =>
  /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout);

describe('npm start', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-start-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('writes its URLs and names, and prints a curl command that works', async () => {
    const stack = await runStack();
    try {
      expect(stack).toMatchObject({
        region: 'eu-central-1',
        tokens: { '*': [DOCUMENTED.token] },
        webhookUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/webhooks\/fractal$/),
      });
      const curl = await eventually(async () => {
        const [command] = /^curl [\s\S]*?'$/m.exec(stack.output().replaceAll('\\\n', '')) ?? [];
        expect(command).toBeDefined();
        return command as string;
      });
      const { stdout } = spawnSync('sh', ['-c', curl], { encoding: 'utf8' });
      expect(stdout).toMatch(/^HTTP\/1.1 202/);
      expect(stdout).toContain('"status":"accepted"');
    } finally {
      await stack.stop();
    }
  });

  test.each(STACK_ENGINES)(
    'ends on Ctrl-C even if a call hangs, and leaves no process and no stack file behind (%s)',
    async (engine) => {
      const stack = await runStack({ args: ['--dynamodb', engine] });
      const pids = descendants(stack.process.pid as number);
      expect(pids.length).toBeGreaterThanOrEqual(2);
      await stack.setFaults([{ service: 'dynamodb', action: 'UpdateItem', fault: 'hang' }]);
      await stack.deliver(aVerification());
      await eventually(async () => expect(await stack.queueDepth()).toBe(1));
      expect(await stack.stop()).toBe(0);
      await eventually(async () => expect(pids.filter(isAlive)).toEqual([]));
      expect(existsSync(stack.stackFile)).toBe(false);
    },
  );

  test('leaves no process behind when it is killed', async () => {
    const stack = await runStack({ args: ['--dynamodb', STACK_ENGINES.at(-1) as string] });
    const pids = descendants(stack.process.pid as number);
    await stack.kill();
    await eventually(async () => expect(pids.filter(isAlive)).toEqual([]));
  });

  test('replaces a function process that dies', async () => {
    const stack = await runStack();
    try {
      for (const pid of descendants(stack.process.pid as number)) process.kill(pid, 'SIGKILL');
      const user = randomUUID();
      await eventually(async () => expect(await stack.deliver(aVerification({ user }))).toMatchObject({ status: 202 }));
      await eventually(async () => expect(await stack.item(`USER#${user}`, 'LEVEL#basic')).toBeDefined());
    } finally {
      await stack.stop();
    }
  });

  test.each(STACK_ENGINES)('keeps table, queues and secret across restarts with --data (%s)', async (engine) => {
    const args = ['--dynamodb', engine, '--data', join(folder, engine)];
    const user = randomUUID();
    const first = await runStack({ args, tokens: 'kept' });
    await first.deliver(aVerification({ user }), 'kept');
    await first.deliver('nonsense', 'kept');
    await eventually(async () => expect(await first.item(`USER#${user}`, 'LEVEL#basic')).toBeDefined());
    await first.stop();

    // A kept queue takes the current settings of the template and the options.
    const second = await runStack({ args: [...args, '--visibility-timeout', '20'] });
    try {
      expect(await second.item(`USER#${user}`, 'LEVEL#basic')).toMatchObject({ status: 'approved' });
      expect(await second.deadLetterDepth()).toBe(1);
      expect(await second.deliver(aVerification(), 'kept')).toMatchObject({ status: 202 });
    } finally {
      await second.stop();
    }
  });

  test('reports a port in use with a remedy', async () => {
    const stack = await runStack();
    try {
      const { status, stderr } = start(['--stack-file', join(folder, 'other.json')], { PORT: new URL(stack.webhookUrl).port });
      expect(status).toBe(1);
      expect(stderr).toMatch(/^error: Port \d+ is in use\. Choose another/);
    } finally {
      await stack.stop();
    }
  });

  test('reports that another stack is running', async () => {
    const stack = await runStack();
    try {
      const { status, stderr } = start(['--stack-file', stack.stackFile], { PORT: '0' });
      expect(status).toBe(1);
      expect(stderr).toContain(`A local stack is already running at ${stack.webhookUrl}`);
    } finally {
      await stack.stop();
    }
  });

  test.each([
    [{ PORT: 'http' }, /PORT is "http"; it must be a number from 0 to 65535/],
    [{ PORT: '0', FRACTAL_WEBHOOK_TOKENS: '{"*":""}' }, /FRACTAL_WEBHOOK_TOKENS: the secret is neither a bare token/],
    [
      { PORT: '0', FRACTAL_WEBHOOK_TOKENS: 'file://token.txt' },
      /FRACTAL_WEBHOOK_TOKENS: a token is invalid: it is the name of a file/,
    ],
  ])('reports the error in %j', (env, message) => {
    const { status, stderr } = start(['--stack-file', join(folder, 'other.json')], env as Record<string, string>);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
  });
});
