import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sampleOf } from '../support/effort.ts';
import { STACK_ENGINES } from '../support/engines.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { assemblyFolder } from '../support/once.ts';
import { spawnStack } from '../support/running-stack.ts';
import { createStackClient } from '../support/stack-client.ts';

let folder: string;
let stackFile: string;
const started: ReturnType<typeof spawnStack>[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-one-'));
  stackFile = join(folder, 'stack.json');
});

afterEach(async () => {
  for (const stack of started.splice(0)) await stack.end('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Starts a stack, with the stack file `stackFile` by default. */
const start = (...args: string[]) => {
  const stack = spawnStack(['--assembly', assemblyFolder(), '--stack-file', stackFile, ...args]);
  started.push(stack);
  return {
    /** Resolves when the stack runs. @throws Error with its output if it does not start */
    runs: () =>
      eventually(async () => {
        if (!stack.output().includes('is running')) throw new Error(stack.output());
      }),
    ended: stack.ended,
    stop: async (signal: NodeJS.Signals = 'SIGINT') => {
      await stack.end(signal);
      return stack.ended;
    },
  };
};

const client = async () => createStackClient(JSON.parse(await readFile(stackFile, 'utf8')));

describe('an existing stack file', () => {
  test.each(
    sampleOf(
      [
        ['empty', ''],
        ['incomplete', '{"webhookUrl":'],
        ['of another program', '{"name":"fractal-webhooks"}'],
      ],
      1,
    ),
  )('(%s) does not prevent a start', async (_, content) => {
    await writeFile(stackFile, content);
    const stack = start();
    await stack.runs();
    expect(await (await client()).deliver(aVerification())).toMatchObject({ status: 202 });
    expect(await stack.stop()).toMatchObject({ status: 0 });
    expect(existsSync(stackFile)).toBe(false);
  });

  test.each(
    sampleOf(
      [
        ['with free ports', undefined],
        ['with the port of a server that never answers', () => {}],
        ['with the port of another server', (_, response) => response.end('{}')],
      ] as [string, RequestListener | undefined][],
      2,
    ),
  )('of a killed stack, %s, does not prevent a start', async (_, serve) => {
    const killed = start();
    await killed.runs();
    const left = await readFile(stackFile, 'utf8');
    await killed.stop('SIGKILL');
    const server = createServer(serve).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    if (serve) await writeFile(stackFile, left.replaceAll(/127\.0\.0\.1:\d+/g, `127.0.0.1:${port}`));
    const stack = start();
    await stack.runs();
    expect(await (await client()).deliver(aVerification())).toMatchObject({ status: 202 });
    await stack.stop();
    server.closeAllConnections();
    server.close();
  });

  test('that cannot be written is an error with a remedy', async () => {
    await mkdir(stackFile);
    expect(await start().ended).toEqual({
      status: 1,
      output: expect.stringMatching(
        /^error: The stack file \S+stack\.json cannot be written: .*\. Choose another file with --stack-file FILE\.\n$/,
      ),
    });
  });
});

describe('a second stack', () => {
  test('with the same stack file is refused while the first starts and runs', async () => {
    const both = [start(), start()];
    const refused = await Promise.race(both.map(async (stack) => ({ stack, ...(await stack.ended) })));
    expect(refused.status).toBe(1);
    expect(refused.output).toMatch(
      /^error: (Another local stack is starting|A local stack is already running at http\S+)\. Stop it, or start this one with --stack-file FILE and another PORT\.\n$/,
    );
    const [first] = both.filter((stack) => stack !== refused.stack);
    await first?.runs();
    const { webhookUrl, deliver } = await client();
    expect(await start().ended).toEqual({
      status: 1,
      output: expect.stringContaining(`A local stack is already running at ${webhookUrl}. `),
    });
    expect(await deliver(aVerification())).toMatchObject({ status: 202 });
    expect(await first?.stop()).toMatchObject({ status: 0 });
    expect(existsSync(stackFile)).toBe(false);
  });

  test('does not remove a stack file that another stack has replaced', async () => {
    const stack = start();
    await stack.runs();
    const other = JSON.stringify({ ...JSON.parse(await readFile(stackFile, 'utf8')), awsEndpointUrl: 'http://127.0.0.1:1' });
    await writeFile(stackFile, other);
    await stack.stop();
    expect(await readFile(stackFile, 'utf8')).toBe(other);
  });

  test.each(STACK_ENGINES)('with the same data is refused until the first has ended or crashed (%s)', async (engine) => {
    const data = join(folder, 'data');
    const args = ['--dynamodb', engine, '--data', data];
    const first = start(...args);
    await first.runs();
    const second = await start(...args, '--stack-file', join(folder, 'second.json')).ended;
    expect(second).toEqual({
      status: 1,
      output: `error: The folder ${data} cannot be used: another local stack is using it; stop that stack first. Choose another folder with --data DIR.\n`,
    });
    expect(await (await client()).deliver(aVerification())).toMatchObject({ status: 202 });
    await first.stop('SIGKILL');
    const third = start(...args);
    await third.runs();
    expect(await third.stop()).toMatchObject({ status: 0 });
  });
});

describe('the data folder', () => {
  /** The paths that are accessible to others than the owner, including the folder itself. */
  const open = async (path: string): Promise<string[]> => {
    const all = ['.', ...(await readdir(path, { recursive: true }))];
    const modes = await Promise.all(all.map(async (name) => [name, (await stat(join(path, name))).mode & 0o077] as const));
    return modes.flatMap(([name, mode]) => (mode ? [`${name} ${mode.toString(8)}`] : []));
  };

  test.each(STACK_ENGINES)('and all of its files are accessible to the owner only (%s)', async (engine) => {
    const data = join(folder, 'data');
    const run = async (): Promise<void> => {
      const stack = start('--dynamodb', engine, '--data', data);
      await stack.runs();
      await (await client()).deliver(aVerification());
      expect(await open(data)).toEqual([]);
      await stack.stop();
    };
    await run();
    for (const name of ['.', ...(await readdir(data, { recursive: true }))]) {
      const isFolder = (await stat(join(data, name))).isDirectory();
      await chmod(join(data, name), isFolder ? 0o755 : 0o644);
    }
    await run();
  });

  test('must not contain other files, whose permissions stay unchanged', async () => {
    const data = join(folder, 'home');
    await mkdir(data, { mode: 0o755 });
    await writeFile(join(data, 'letter.txt'), 'Dear');
    expect(await start('--data', data).ended).toEqual({
      status: 1,
      output: `error: The folder ${data} cannot be used: it contains letter.txt, which does not belong to a local stack. Choose another folder with --data DIR.\n`,
    });
    expect((await stat(data)).mode & 0o777).toBe(0o755);
  });

  test('must not be a file', async () => {
    expect(await start('--data', import.meta.filename).ended).toEqual({
      status: 1,
      output: expect.stringMatching(
        /^error: The folder \S+ cannot be used: EEXIST.*\. Choose another folder with --data DIR\.\n$/,
      ),
    });
  });

  test('with a damaged secret is an error with a remedy', async () => {
    const data = join(folder, 'data');
    await mkdir(data);
    await writeFile(join(data, 'secrets.json'), '{"arn');
    expect(await start('--data', data).ended).toEqual({
      status: 1,
      output: expect.stringMatching(/^error: \S+secrets\.json cannot be read: .*\. Remove it to start with a new secret\.\n$/),
    });
  });
});
