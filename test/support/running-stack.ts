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
const START_WITHIN_MS = 60_000;

export interface StackSettings {
  /** In addition to a visibility timeout of ten seconds, within which a write that timed out on a busy machine is retried. */
  readonly args?: readonly string[];
  /** The value of FRACTAL_WEBHOOK_TOKENS. */
  readonly tokens?: string;
  /** Any free one, without it. */
  readonly port?: number;
  /** The folder of another release, which is then synthesized; without it, this one. */
  readonly release?: string;
  /** The settings of the installation; without them, the usual ones, which let in as much as a test can send. */
  readonly installation?: Readonly<Record<string, unknown>>;
  /** Gives another template, or changes this one. */
  readonly change?: ((template: Json) => unknown) | undefined;
  /** What its environment has besides. */
  readonly env?: Readonly<Record<string, string>>;
  /** A command of the shell that is run before it, in the same process: `ulimit -f 100`. */
  readonly before?: string;
  /** What it prints is thrown away instead of kept for `output`. */
  readonly quiet?: boolean;
}

const assemblyOf = async ({ installation, change }: StackSettings, folder: string): Promise<string> => {
  const shared = installation ? await synthesized(installation) : assemblyFolder();
  return change ? copyWith(change, shared, join(folder, 'assembly')) : shared;
};

/** A local stack in a process of its own, as `npm start` runs it, with its stack file elsewhere. */
export const runStack = async (settings: StackSettings = {}) => {
  const { args = [], tokens, port = 0, quiet = false, release, before = ':' } = settings;
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-stack-'));
  const stackFile = join(folder, 'stack.json');
  const log = join(logFolder(), `${basename(folder)}.log`);
  const { FRACTAL_WEBHOOK_TOKENS: _, ...env } = process.env;
  const assembly = release ? [] : ['--assembly', await assemblyOf(settings, folder)];
  const files = ['--stack-file', stackFile, '--log', log];
  const command = [process.execPath, 'local/start.ts', ...assembly, ...files, '--visibility-timeout', '10', ...args];
  const child = spawn('sh', ['-c', `${before}; exec "$@"`, 'sh', ...command], {
    cwd: release ?? PROJECT,
    env: { ...env, PORT: String(port), ...(tokens !== undefined && { FRACTAL_WEBHOOK_TOKENS: tokens }), ...settings.env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      if (!quiet) output += chunk;
    });
  }
  const exited = once(child, 'exit');
  for (const started = Date.now(); !existsSync(stackFile); await wait(20)) {
    if (child.exitCode !== null || Date.now() - started > START_WITHIN_MS) {
      throw new Error(`The local stack did not start:\n${output}`);
    }
  }

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.kill(signal)) await exited;
    await rm(folder, { recursive: true, force: true });
    return child.exitCode;
  };
  return {
    ...createStackClient(JSON.parse(await readFile(stackFile, 'utf8'))),
    stackFile,
    /** What its functions have logged, as CloudWatch Logs would have it. */
    logged: () => readFile(log, 'utf8'),
    process: child,
    output: () => output,
    /** Ends it as Ctrl-C does, and gives its exit status. */
    stop: () => end('SIGINT'),
    /** Ends it as a power cut does. */
    kill: () => end('SIGKILL'),
  };
};

export type RunningStack = Awaited<ReturnType<typeof runStack>>;
