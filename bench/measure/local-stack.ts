import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readStackFile, type StackFile } from '../../local/disk/stack-file.ts';
import { synthesize } from '../../local/synthesize.ts';
import { aBody, aDelivery, TOKEN } from './events.ts';
import { quantile } from './statistics.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const PER_SECOND = 20;

/** Milliseconds from receipt to table. */
export interface InLocalStack {
  readonly p50: number;
  readonly p99: number;
}

/** Runs a local stack with these settings of the receiver. @param work gets its addresses, and reads its lags in milliseconds */
export const withLocalStack = async <T>(
  settings: Readonly<Record<string, unknown>>,
  work: (file: StackFile, lags: () => Promise<number[]>) => Promise<T>,
): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-bench-'));
  const [stackFile, log] = [join(folder, 'stack.json'), join(folder, 'functions.log')];
  const assembly = join(folder, 'assembly');
  await synthesize(assembly, settings);
  const stack = spawn(process.execPath, ['local/start.ts', '--assembly', assembly, '--stack-file', stackFile, '--log', log], {
    cwd: PROJECT,
    env: { ...process.env, PORT: '0', FRACTAL_WEBHOOK_TOKENS: TOKEN },
    stdio: 'ignore',
  });
  const ended = once(stack, 'exit');
  try {
    let file: StackFile | undefined;
    for (; !file; await wait(50)) {
      if (stack.exitCode !== null) throw new Error('The local stack did not start. Run npm start to see why.');
      file = await readStackFile(stackFile);
    }
    // A batch logs the lag of its slowest notification, so these figures are upper bounds.
    return await work(file, async () =>
      [...(await readFile(log, 'utf8')).matchAll(/"applied":\{"n":(\d+).*?"lag_ms":(\d+)/g)].flatMap(([, n, lag]) =>
        Array<number>(Number(n)).fill(Number(lag)),
      ),
    );
  } finally {
    stack.kill('SIGINT');
    await ended;
    await rm(folder, { recursive: true });
  }
};

/** Sends a notification for a new user. @returns the status */
export const sendTo = async ({ webhookUrl }: StackFile, body = aBody()): Promise<number> => {
  const { body: text = '', headers = {} } = aDelivery(body);
  const { status } = await fetch(webhookUrl, { method: 'POST', headers: headers as Record<string, string>, body: text });
  return status;
};

/** Measures the local stack at twenty deliveries per second. @param batchWindowSeconds the setting of the receiver */
export const measureLocalStack = (deliveries: number, batchWindowSeconds: number): Promise<InLocalStack> =>
  withLocalStack({ batchWindowSeconds }, async (file, lags) => {
    for (let count = 0; count < deliveries; count += 1) {
      await sendTo(file);
      await wait(1_000 / PER_SECOND);
    }
    await wait(3_000);
    const all = await lags();
    return { p50: quantile(all, 0.5), p99: quantile(all, 0.99) };
  });
