import { createStateReader } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { createDeadLetterQueue, type DeadLetterQueue } from './dead-letter-queue.ts';
import { type Explained, explain, keysOf } from './explain.ts';
import type { Letter } from './letter.ts';

const HOLD_AT_MOST_SECONDS = 43_200; // AWS's limit

/** How long a look takes at most, in seconds: two hundred messages a second, and a minute. */
const holdSeconds = (count: number): number => 60 + Math.ceil(count / 200);

/** What a command has in its hands while it looks. */
export interface Look {
  readonly letters: readonly Explained[];
  /** How many messages the queue before it has, about. */
  readonly queued: number;
  readonly queue: DeadLetterQueue;
  /** Explains some of them as if the others were not there. */
  explainAmong(some: readonly Explained[]): Explained[];
  /** Says that a message is no longer on the dead-letter queue. */
  taken(one: Explained): void;
}

/**
 * Takes every dead letter, explains it, and hands all to `work`. What `work` has not taken off the queue is there for everybody
 * to see when it returns, or throws; if this process is killed, after `holdForSeconds` (by default as long as a look takes).
 */
export const withLetters = async <T>(
  target: Target,
  work: (look: Look) => Promise<T>,
  holdForSeconds: (count: number) => number = holdSeconds,
): Promise<T> => {
  const queue = createDeadLetterQueue(target);
  const { count, queued, retentionMs, attempts } = await queue.facts();
  const letters = new Map<string, Letter>();
  const release = () => queue.release([...letters.values()]);
  const interrupted = () => release().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  try {
    await queue.takeAll(Math.min(HOLD_AT_MOST_SECONDS, holdForSeconds(count)), letters);
    const now = Date.now();
    const items = await createStateReader(target).many(keysOf([...letters.values()], now));
    const explainAll = (some: readonly Letter[]) => explain(some, { now, retentionMs, attempts, items });
    return await work({
      letters: explainAll([...letters.values()]),
      queued,
      queue,
      explainAmong: (some) => explainAll(some.map(({ letter }) => letter)),
      taken: ({ letter }) => letters.delete(letter.messageId),
    });
  } finally {
    process.off('SIGINT', interrupted);
    await release();
  }
};
