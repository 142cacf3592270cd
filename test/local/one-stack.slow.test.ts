import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sampleOf } from '../support/effort.ts';
import { STACK_ENGINES } from '../support/engines.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { assemblyFolder } from '../support/once.ts';
import { createStackClient } from '../support/stack-client.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

let folder: string;
let stackFile: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-one-'));
  stackFile = join(folder, 'stack.json');
});

afterEach(async () => {
  for (const child of started.splice(0)) if (child.kill('SIGKILL')) await once(child, 'exit');
  await rm(folder, { recursive: true, force: true });
});

/** Begins to start a stack whose file is `stackFile`, unless the arguments say otherwise. */
const start = (...args: string[]) => {
  const command = ['local/start.ts', '--assembly', assemblyFolder(), '--stack-file', stackFile, ...args];
  const child = spawn(process.execPath, command, { cwd: PROJECT, env: { ...process.env, PORT: '0' } });
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'close').then(([status]) => ({ status, output }));
  return {
    /** Fulfilled when it runs. @throws what it says instead */
    runs: () =>
      eventually(async () => {
        if (!output.includes('is running')) throw new Error(output);
      }),
    /** Its exit status, and what it said. */
    ended,
    stop: (signal: NodeJS.Signals = 'SIGINT') => {
      child.kill(signal);
      return ended;
    },
  };
};

const client = async () => createStackClient(JSON.parse(await readFile(stackFile, 'utf8')));

describe('a stack file that is left', () => {
  test.each(
    sampleOf(
      [
        ['empty', ''],
        ['half written', '{"webhookUrl":'],
        ['by something else', '{"name":"fractal-webhooks"}'],
      ],
      1,
    ),
  )('%s does not keep a stack from starting', async (_, content) => {
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
        ['whose ports nobody has', undefined],
        ['whose port a server has that never answers', () => {}],
        ['whose port another server has', (_, response) => response.end('{}')],
      ] as [string, RequestListener | undefined][],
      2,
    ),
  )('by a stack that was killed, %s, does not keep one from starting', async (_, serve) => {
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

  test('can not be written: that is said with the name of the file and what to do', async () => {
    await mkdir(stackFile);
    expect(await start().ended).toEqual({
      status: 1,
      output: expect.stringMatching(
        /^error: The stack file \S+stack\.json can not be written: .*\. Choose another with --stack-file FILE\.\n$/,
      ),
    });
  });
});

describe('a second stack', () => {
  test('with the same stack file is refused, while the first starts and when it runs, which keeps its file', async () => {
    const both = [start(), start()];
    const refused = await Promise.race(both.map(async (stack) => ({ stack, ...(await stack.ended) })));
    expect(refused.status).toBe(1);
    expect(refused.output).toMatch(
      /^error: (Another local stack is just starting|A local stack runs already, at http\S+)\. Stop it, or start this one with --stack-file FILE and another PORT\.\n$/,
    );
    const [first] = both.filter((stack) => stack !== refused.stack);
    await first?.runs();
    const { webhookUrl, deliver } = await client();
    expect(await start().ended).toEqual({
      status: 1,
      output: expect.stringContaining(`A local stack runs already, at ${webhookUrl}. `),
    });
    expect(await deliver(aVerification())).toMatchObject({ status: 202 });
    expect(await first?.stop()).toMatchObject({ status: 0 });
    expect(existsSync(stackFile)).toBe(false);
  });

  test('whose file has been replaced by that of another stack leaves it there at its end', async () => {
    const stack = start();
    await stack.runs();
    const other = JSON.stringify({ ...JSON.parse(await readFile(stackFile, 'utf8')), awsEndpointUrl: 'http://127.0.0.1:1' });
    await writeFile(stackFile, other);
    await stack.stop();
    expect(await readFile(stackFile, 'utf8')).toBe(other);
  });

  test.each(STACK_ENGINES)(
    'with the same data is refused, until the first has ended, also if it crashes (%s)',
    async (engine) => {
      const data = join(folder, 'data');
      const args = ['--dynamodb', engine, '--data', data];
      const first = start(...args);
      await first.runs();
      const second = await start(...args, '--stack-file', join(folder, 'second.json')).ended;
      expect(second).toEqual({
        status: 1,
        output: `error: The folder ${data} can not be used: another local stack uses it; stop that one. Choose another with --data DIR.\n`,
      });
      expect(await (await client()).deliver(aVerification())).toMatchObject({ status: 202 });
      await first.stop('SIGKILL');
      const third = start(...args);
      await third.runs();
      expect(await third.stop()).toMatchObject({ status: 0 });
    },
  );
});

describe('the data folder', () => {
  /** All that is in the folder, itself included, that others than its owner may do anything with. */
  const open = async (path: string): Promise<string[]> => {
    const all = ['.', ...(await readdir(path, { recursive: true }))];
    const modes = await Promise.all(all.map(async (name) => [name, (await stat(join(path, name))).mode & 0o077] as const));
    return modes.flatMap(([name, mode]) => (mode ? [`${name} ${mode.toString(8)}`] : []));
  };

  test.each(STACK_ENGINES)('is for its owner alone, and so are its files, new ones and those there were (%s)', async (engine) => {
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

  test('is none that holds anything else, whose rights are not touched', async () => {
    const data = join(folder, 'home');
    await mkdir(data, { mode: 0o755 });
    await writeFile(join(data, 'letter.txt'), 'Dear');
    expect(await start('--data', data).ended).toEqual({
      status: 1,
      output: `error: The folder ${data} can not be used: it holds deadLetter.txt, which is no data of a local stack. Choose another with --data DIR.\n`,
    });
    expect((await stat(data)).mode & 0o777).toBe(0o755);
  });

  test('is no file', async () => {
    expect(await start('--data', import.meta.filename).ended).toEqual({
      status: 1,
      output: expect.stringMatching(/^error: The folder \S+ can not be used: EEXIST.*\. Choose another with --data DIR\.\n$/),
    });
  });

  test('with a damaged secret is said to have it, and what to do', async () => {
    const data = join(folder, 'data');
    await mkdir(data);
    await writeFile(join(data, 'secrets.json'), '{"arn');
    expect(await start('--data', data).ended).toEqual({
      status: 1,
      output: expect.stringMatching(/^error: \S+secrets\.json can not be read: .*\. Remove it to start with a new secret\.\n$/),
    });
  });
});
