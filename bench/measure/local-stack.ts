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

/** Measures the local stack at twenty deliveries per second. @param batchWindowSeconds the setting of the receiver */
export const measureLocalStack = async (deliveries: number, batchWindowSeconds: number): Promise<InLocalStack> => {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-bench-'));
  const [stackFile, log] = [join(folder, 'stack.json'), join(folder, 'functions.log')];
  const assembly = join(folder, 'assembly');
  await synthesize(assembly, { batchWindowSeconds });
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
    for (let count = 0; count < deliveries; count += 1) {
      const { body = '', headers = {} } = aDelivery(aBody());
      await fetch(file.webhookUrl, { method: 'POST', headers: headers as Record<string, string>, body });
      await wait(1_000 / PER_SECOND);
    }
    await wait(3_000);
    // A batch logs the lag of its slowest notification, so these figures are upper bounds.
    const lags = [...(await readFile(log, 'utf8')).matchAll(/"applied":\{"n":(\d+).*?"lag_ms":(\d+)/g)].flatMap(([, n, lag]) =>
      Array<number>(Number(n)).fill(Number(lag)),
    );
    return { p50: quantile(lags, 0.5), p99: quantile(lags, 0.99) };
  } finally {
    stack.kill('SIGINT');
    await ended;
    await rm(folder, { recursive: true });
  }
};
