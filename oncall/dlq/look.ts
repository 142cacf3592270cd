import { createStateReader } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { createDeadLetterQueue, type DeadLetterQueue } from './dead-letter-queue.ts';
import { type Explained, explain, keysOf } from './explain.ts';
import type { Letter } from './letter.ts';

/** How long a look takes at most, in seconds: two hundred messages a second, and a minute. */
const holdSeconds = (count: number): number => Math.min(43_200, 60 + Math.ceil(count / 200));

/**
 * Takes every dead letter, explains it, and hands all to `work`. What `work` has not taken off the queue is there for everybody
 * to see when it returns, or throws; if this process is killed, after `holdForSeconds` (by default as long as a look takes).
 */
export const withLetters = async <T>(
  target: Target,
  work: (letters: readonly Explained[], queue: DeadLetterQueue, taken: (one: Explained) => unknown) => Promise<T>,
  holdForSeconds?: (count: number) => number,
): Promise<T> => {
  const queue = createDeadLetterQueue(target);
  const { count, retentionMs, attempts } = await queue.facts();
  const letters = new Map<string, Letter>();
  const release = () => queue.release([...letters.values()]);
  const interrupted = () => release().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  try {
    await queue.takeAll((holdForSeconds ?? holdSeconds)(count), letters);
    const now = Date.now();
    const items = await createStateReader(target).many(keysOf([...letters.values()], now));
    const explained = explain([...letters.values()], { now, retentionMs, attempts, items });
    return await work(explained, queue, ({ letter }) => letters.delete(letter.messageId));
  } finally {
    process.off('SIGINT', interrupted);
    await release();
  }
};
