import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { quantile } from './statistics.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const NODE = ['--import', './node-24.js'];
const HOOK = resolve(import.meta.dirname, '../process/network-time.cjs');

/** Waiting times of developers in milliseconds: medians. */
export interface StartUp {
  /** Synthesis of the app with all installations, as the CDK runs it. */
  readonly synthesis: number;
  /** `npm start` until it runs, including a synthesis. */
  readonly startAnew: number;
  /** `npm start` until it runs, without changes since the last start. */
  readonly startAgain: number;
  /** `node -e 0`. */
  readonly node: number;
  /** `fractal-webhooks status` on the local stack, without the time of its calls. */
  readonly status: number;
  /** The same with the bundled file. */
  readonly statusAlone: number;
}

/** Measures in turns, so that load on the machine affects all alike. */
export const measureStartUp = async (turns: number): Promise<StartUp> => {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-bench-'));
  const times: Record<keyof StartUp, number[]> = {
    synthesis: [],
    startAnew: [],
    startAgain: [],
    node: [],
    status: [],
    statusAlone: [],
  };
  try {
    for (let turn = 0; turn < turns; turn += 1) {
      times.synthesis.push(await timeSynthesis(join(folder, 'out')));
      await rm(join(PROJECT, '.local/assemblies'), { recursive: true, force: true });
      times.startAnew.push(await timeStart(join(folder, 'stack.json')));
      times.startAgain.push(
        await timeStart(join(folder, 'stack.json'), async (stackFile) => {
          // The first call bundles and compiles the command line, and is not counted.
          for (let look = 0; look < 4; look += 1) {
            const measured = {
              node: await timeNode(),
              status: await timeStatus('oncall/fractal-webhooks.cjs', stackFile),
              statusAlone: await timeStatus('dist/fractal-webhooks.cjs', stackFile),
            };
            if (look === 0) continue;
            for (const [name, ms] of Object.entries(measured)) times[name as keyof typeof measured].push(ms);
          }
        }),
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  const medians = Object.entries(times).map(([name, all]) => [name, quantile(all, 0.5)]);
  return Object.fromEntries(medians) as unknown as StartUp;
};

const timeSynthesis = async (outdir: string): Promise<number> => {
  const { app, context } = JSON.parse(await readFile(join(PROJECT, 'cdk.json'), 'utf8'));
  const started = performance.now();
  await run(app.split(' ').slice(1), 0, { CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) });
  return performance.now() - started;
};

/** Milliseconds until the stack runs. It is stopped after `meanwhile`. */
const timeStart = async (stackFile: string, meanwhile = async (_stackFile: string): Promise<void> => {}): Promise<number> => {
  const started = performance.now();
  const stack = spawn(process.execPath, [...NODE, 'local/start.ts', '--stack-file', stackFile], {
    cwd: PROJECT,
    env: { ...process.env, PORT: '0' },
    stdio: 'ignore',
  });
  const ended = once(stack, 'exit');
  while (!existsSync(stackFile)) {
    if (stack.exitCode !== null) throw new Error('The local stack did not start. Run npm start to see why.');
    await wait(5);
  }
  const ms = performance.now() - started;
  await meanwhile(stackFile).finally(() => stack.kill('SIGINT'));
  await ended;
  return ms;
};

const timeNode = async (): Promise<number> => {
  const started = performance.now();
  await run(['-e', '0'], 0);
  return performance.now() - started;
};

/** Milliseconds of `status` without its calls. It exits with 1, because the local stack has no items for the user. */
const timeStatus = async (file: string, stackFile: string): Promise<number> => {
  const started = performance.now();
  const told = await run(['--require', HOOK, file, 'status', 'nobody', '--stack-file', stackFile], 1);
  const took = performance.now() - started;
  const [, calls] = /^network (\d.*)$/m.exec(told) ?? [];
  if (Number(calls ?? 0) === 0) throw new Error(`${file} status made no calls:\n${told}`);
  return took - Number(calls);
};

/** Runs Node.js. @returns its standard error @throws Error if it exits with another status */
const run = async (args: readonly string[], expected: number, env: Record<string, string> = {}): Promise<string> => {
  const child = spawn(process.execPath, args, {
    cwd: PROJECT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [told, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  if (status !== expected) throw new Error(`node ${args.join(' ')} exited with ${status}:\n${told}`);
  return told;
};
