import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sampleOf } from '../support/effort.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { assemblyFolder } from '../support/once.ts';
import { createStackClient } from '../support/stack-client.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

let folder: string;
let stackFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-npm-'));
  stackFile = join(folder, 'stack.json');
});

afterEach(async () => {
  for (const pid of stackProcesses()) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** All processes with the stack file on their command line: npm, its shell and the stack. */
const stackProcesses = (): number[] =>
  spawnSync('ps', ['-ww', '-eo', 'pid=,args='], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => line.includes(stackFile))
    .map((line) => Number.parseInt(line, 10));

const shell = (line: string): ChildProcess => {
  const { npm_lifecycle_event: _event, npm_lifecycle_script: _script, ...env } = process.env;
  const NPM = `npm start -- --assembly ${assemblyFolder()} --stack-file ${stackFile}`;
  return spawn('sh', ['-c', line], { cwd: PROJECT, env: { ...env, PORT: '0', NPM }, stdio: 'ignore', detached: true });
};

const runs = async () =>
  eventually(async () => {
    const stack = createStackClient(JSON.parse(await readFile(stackFile, 'utf8')));
    expect(await stack.deliver(aVerification())).toMatchObject({ status: 202 });
  });

describe('a stack that npm runs', () => {
  test.each(sampleOf(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const, 2))('ends when npm ends by %s', async (signal) => {
    const npm = shell('exec $NPM');
    await runs();
    npm.kill(signal);
    await eventually(async () => expect(stackProcesses()).toEqual([]));
    expect(existsSync(stackFile)).toBe(false);
  });

  test('ends on Ctrl-C, which reaches all processes', async () => {
    const npm = shell('exec $NPM');
    await runs();
    process.kill(-(npm.pid as number), 'SIGINT');
    await eventually(async () => expect(stackProcesses()).toEqual([]));
    expect(existsSync(stackFile)).toBe(false);
  });

  test.each(sampleOf(['$NPM &', 'nohup $NPM &', 'setsid $NPM &', '(exec $NPM) &'], 2))(
    'keeps running when the shell that ran %s ends',
    async (line) => {
      const sh = shell(line);
      await eventually(async () => expect(sh.exitCode).toBe(0));
      await runs();
      // Long enough for several checks.
      await wait(2_000);
      await runs();
    },
  );
});

test('a stack that was started by a script of npm keeps running when the script ends', async () => {
  const start = `${process.execPath} local/start.ts --assembly ${assemblyFolder()} --stack-file ${stackFile}`;
  const sh = shell(`npm_lifecycle_event=start npm_lifecycle_script='node other.ts' ${start} &`);
  await eventually(async () => expect(sh.exitCode).toBe(0));
  await runs();
  await wait(2_000);
  await runs();
});
