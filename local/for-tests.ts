import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ALL_OTHER_TYPES } from '../functions/core/notification.ts';
import { parseNotification } from '../functions/core/parse-notification.ts';
import { SIGNATURE_HEADER } from '../functions/ingest/signature.ts';
import { signatureFor } from '../functions/ingest/tokens.ts';
import { ENDS_WITH_STDIN } from './end-of-parent.ts';

const COMMAND = join(import.meta.dirname, `packaged${extname(import.meta.filename) === '.ts' ? '.ts' : '.cjs'}`);
const LOOK_EVERY_MS = 50;

export interface LocalStackSettings {
  /** The output folder of `cdk synth`. Default: `cdk.out`. */
  readonly assembly?: string;
  /** The stack with the receiver, if the assembly contains several. */
  readonly stack?: string;
}

/** An event as EventBridge delivers it to a target. */
export interface LocalEvent {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly time: string;
  // biome-ignore lint/suspicious/noExplicitAny: its shape depends on the event's type, which the tests know.
  readonly detail: any;
}

/** A receiver that runs on this machine, with the other resources of its stack. */
export interface LocalStack {
  /** The console, for the browser. */
  readonly consoleUrl: string;
  readonly webhookUrl: string;
  /** Where the stack plays Fractal's API. */
  readonly fractalUrl: string;
  /** The endpoint for AWS SDKs, with `region` and any credentials. It serves the tables, queues, secret and event bus. */
  readonly awsEndpointUrl: string;
  readonly region: string;
  readonly tableName: string;
  /** The outputs of the stack. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Signs a notification as Fractal does, and posts it. @returns the HTTP status: 202 if it was accepted or parked */
  deliver(notification: object): Promise<number>;
  /** The first matching event since the start. @throws Error after 30 seconds without one */
  event(fits: (event: LocalEvent) => boolean): Promise<LocalEvent>;
  /**
   * The first matching line of the stack's output since the start: deliveries, outcomes, events and logs.
   *
   * @throws Error after 30 seconds without one
   */
  line(fits: RegExp): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts the receiver of a synthesized app in a child process, which ends with this process, however that ends.
 *
 * @throws Error with its output if it does not start
 */
export const startLocalStack = async ({ assembly = 'cdk.out', stack }: LocalStackSettings = {}): Promise<LocalStack> => {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-'));
  const stackFile = join(folder, 'stack.json');
  const args = ['--assembly', assembly, '--stack-file', stackFile, ...(stack ? ['--stack', stack] : [])];
  const child = spawn(process.execPath, [COMMAND, ...args], { env: { ...process.env, PORT: '0', [ENDS_WITH_STDIN]: 'true' } });
  const exited = once(child, 'exit');
  // Lets the process of a test exit that failed before it stopped the stack.
  for (const handle of [child, child.stdin as Socket, child.stdout as Socket, child.stderr as Socket]) handle.unref();
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
  const { consoleUrl, webhookUrl, fractalUrl, awsEndpointUrl, region, tableName, outputs, tokens } = JSON.parse(
    await readFile(stackFile, 'utf8'),
  );

  /** @throws Error with the stack's output after 30 seconds without a value */
  const eventually = async <T>(look: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> => {
    for (const signal = AbortSignal.timeout(30_000); !signal.aborted; await wait(LOOK_EVERY_MS)) {
      const found = await look();
      if (found !== undefined) return found;
    }
    throw new Error(`No ${what} within 30 seconds. Output of the local stack:\n${output}`);
  };

  return {
    consoleUrl,
    webhookUrl,
    fractalUrl,
    awsEndpointUrl,
    region,
    tableName,
    outputs,
    deliver: async (notification) => {
      const body = JSON.stringify(notification);
      const bytes = Buffer.from(body);
      const type = parseNotification(bytes, Date.now()).type ?? ALL_OTHER_TYPES;
      const signature = signatureFor(new Map(Object.entries<string[]>(tokens)), bytes, type);
      const headers = { 'content-type': 'application/json', ...(signature && { [SIGNATURE_HEADER]: signature }) };
      const { status } = await fetch(webhookUrl, { method: 'POST', headers, body });
      return status;
    },
    event: (fits) =>
      eventually(async () => {
        const response = await fetch(`${awsEndpointUrl}/_local/events`);
        return ((await response.json()) as LocalEvent[]).find(fits);
      }, 'matching event'),
    line: (fits) => eventually(() => output.split('\n').find((line) => fits.test(line)), `line that matches ${fits}`),
    stop,
  };
};
