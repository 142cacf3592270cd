import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { sign } from '../functions/ingest/signature.ts';

const COMMAND = join(import.meta.dirname, `packaged${extname(import.meta.filename) === '.ts' ? '.ts' : '.cjs'}`);
const LOOK_EVERY_MS = 50;

export interface LocalStackSettings {
  /** What `cdk synth` has written; `cdk.out` by default. */
  readonly assembly?: string;
  /** The stack with the receiver, if there are several. */
  readonly stack?: string;
}

/** An event as a rule's target gets it. */
export interface LocalEvent {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly time: string;
  // biome-ignore lint/suspicious/noExplicitAny: what it says depends on its type, which the tests know.
  readonly detail: any;
}

/** A receiver that runs on this machine, with what is beside it in its stack. */
export interface LocalStack {
  /** The stack in the browser. */
  readonly consoleUrl: string;
  readonly webhookUrl: string;
  /** Where AWS SDKs reach tables, queues, secret and event bus, with `region` and any credentials. */
  readonly awsEndpointUrl: string;
  readonly region: string;
  readonly tableName: string;
  /** The outputs of the stack. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Signs a notification as Fractal does, and posts it. @returns the status of the answer: 202, unless something is wrong */
  deliver(notification: object): Promise<number>;
  /** The first event, also of those before, that fits. @throws Error after 30 seconds without one */
  event(fits: (event: LocalEvent) => boolean): Promise<LocalEvent>;
  /** The first line that fits, also of those before, of what was delivered, applied, published and logged. @throws Error after 30 seconds without one */
  line(fits: RegExp): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts the receiver of a synthesized app, in a process of its own, which ends with this one.
 *
 * @throws Error with what it printed, if it does not start
 */
export const startLocalStack = async ({ assembly = 'cdk.out', stack }: LocalStackSettings = {}): Promise<LocalStack> => {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-'));
  const stackFile = join(folder, 'stack.json');
  const args = ['--assembly', assembly, '--stack-file', stackFile, ...(stack ? ['--stack', stack] : [])];
  const child = spawn(process.execPath, [COMMAND, ...args], { env: { ...process.env, PORT: '0' } });
  const exited = once(child, 'exit');
  // A test that fails before it stops the stack ends all the same.
  for (const handle of [child, child.stdout as Socket, child.stderr as Socket]) handle.unref();
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }

  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    child.ref();
    if (child.kill('SIGINT')) await exited;
    await rm(folder, { recursive: true, force: true });
  };
  while (!existsSync(stackFile)) {
    if (child.exitCode !== null) {
      await stop();
      throw new Error(`The local stack did not start:\n${output}`);
    }
    await wait(LOOK_EVERY_MS);
  }
  const { consoleUrl, webhookUrl, awsEndpointUrl, region, tableName, outputs, tokens } = JSON.parse(
    await readFile(stackFile, 'utf8'),
  );

  /** @throws Error with what the stack has printed, after 30 seconds without a value */
  const eventually = async <T>(look: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> => {
    for (const signal = AbortSignal.timeout(30_000); !signal.aborted; await wait(LOOK_EVERY_MS)) {
      const found = await look();
      if (found !== undefined) return found;
    }
    throw new Error(`There was no ${what} within 30 seconds. The local stack printed:\n${output}`);
  };

  return {
    consoleUrl,
    webhookUrl,
    awsEndpointUrl,
    region,
    tableName,
    outputs,
    deliver: async (notification) => {
      const body = JSON.stringify(notification);
      const [token] = tokens[(notification as { type: string }).type] ?? tokens['*'];
      const headers = { 'content-type': 'application/json', 'x-fractal-signature': sign(Buffer.from(body), token) };
      const { status } = await fetch(webhookUrl, { method: 'POST', headers, body });
      return status;
    },
    event: (fits) =>
      eventually(async () => {
        const response = await fetch(`${awsEndpointUrl}/_local/events`);
        return ((await response.json()) as LocalEvent[]).find(fits);
      }, 'such event'),
    line: (fits) => eventually(() => output.split('\n').find((line) => fits.test(line)), `line like ${fits}`),
    stop,
  };
};
