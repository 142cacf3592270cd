import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { assemblyFolder, logFolder } from './once.ts';
import { createStackClient } from './stack-client.ts';
import { copyWith, synthesized } from './synthesized.ts';
import type { Json } from './templates.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const START_WITHIN_MS = 240_000;

export interface SpawnSettings {
  /** The folder of another release to run. Default: this release. */
  readonly release?: string;
  /** Additional environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** A shell command to run first in the same process, such as `ulimit -f 100`. */
  readonly before?: string;
  /** Discards the output instead of keeping it for `output`. */
  readonly quiet?: boolean;
}

export interface StackSettings extends SpawnSettings {
  /** In addition to a visibility timeout of ten seconds, within which a write that timed out on a busy machine is retried. */
  readonly args?: readonly string[];
  /** The value of FRACTAL_WEBHOOK_TOKENS. */
  readonly tokens?: string;
  /** Default: a free port. */
  readonly port?: number;
  /** The settings of the installation. The default has a throttle that tests do not reach. */
  readonly installation?: Readonly<Record<string, unknown>>;
  /** Returns another template, or changes this one. */
  readonly change?: ((template: Json) => unknown) | undefined;
}

const assemblyOf = async ({ installation, change }: StackSettings, folder: string): Promise<string> => {
  const shared = installation ? await synthesized(installation) : assemblyFolder();
  return change ? copyWith(change, shared, join(folder, 'assembly')) : shared;
};

/** Starts a process that runs a local stack as `npm start` does, and does not wait for it. */
export const spawnStack = (args: readonly string[], { before = ':', release, env, quiet = false }: SpawnSettings = {}) => {
  const { FRACTAL_WEBHOOK_TOKENS: _, ...inherited } = process.env;
  const child = spawn('sh', ['-c', `${before}; exec "$@"`, 'sh', process.execPath, 'local/start.ts', ...args], {
    cwd: release ?? PROJECT,
    env: { ...inherited, PORT: '0', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      if (!quiet) output += chunk;
    });
  }
  const exited = once(child, 'close');
  return {
    process: child,
    output: () => output,
    /** Sends a signal, and waits until the process has ended. @returns its exit status */
    end: async (signal: NodeJS.Signals): Promise<number | null> => {
      if (child.kill(signal)) await exited;
      return child.exitCode;
    },
    /** Resolves when the process has ended. */
    ended: exited.then(([status]) => ({ status, output })),
  };
};

/** Runs a local stack in a new process, with its own stack file. */
export const runStack = async (settings: StackSettings = {}) => {
  const { args = [], tokens, port = 0, release } = settings;
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-stack-'));
  const stackFile = join(folder, 'stack.json');
  const log = join(logFolder(), `${basename(folder)}.log`);
  const assembly = release ? [] : ['--assembly', await assemblyOf(settings, folder)];
  const files = ['--stack-file', stackFile, '--log', log];
  const env = { PORT: String(port), ...(tokens !== undefined && { FRACTAL_WEBHOOK_TOKENS: tokens }), ...settings.env };
  const stack = spawnStack([...assembly, ...files, '--visibility-timeout', '10', ...args], { ...settings, env });
  for (const started = Date.now(); !existsSync(stackFile); await wait(20)) {
    if (stack.process.exitCode !== null || Date.now() - started > START_WITHIN_MS) {
      throw new Error(`The local stack did not start:\n${stack.output()}`);
    }
  }

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const status = await stack.end(signal);
    await rm(folder, { recursive: true, force: true });
    return status;
  };
  return {
    ...createStackClient(JSON.parse(await readFile(stackFile, 'utf8'))),
    stackFile,
    /** The logs of the functions, as in CloudWatch Logs. */
    logged: () => readFile(log, 'utf8'),
    process: stack.process,
    output: stack.output,
    /** Stops it as Ctrl-C does. @returns the exit status */
    stop: () => end('SIGINT'),
    /** Kills it, as a power cut would. */
    kill: () => end('SIGKILL'),
  };
};

export type RunningStack = Awaited<ReturnType<typeof runStack>>;
