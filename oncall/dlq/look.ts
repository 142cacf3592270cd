import { SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../../functions/core/dead-letter.ts';
import { type Diagnosis, diagnose, keysOf } from '../../functions/core/diagnosis.ts';
import { createDeadLetterQueue, type DeadLetterQueue, stillHidden } from '../../functions/dead-letters/dead-letter-queue.ts';
import { createStateReader } from '../state-reader.ts';
import type { Target } from '../target.ts';

const HOLD_AT_MOST_SECONDS = 43_200; // AWS's limit

/** How long a look takes at most, in seconds: a hundred messages a second, and half a minute. */
const holdSeconds = (count: number): number => 30 + Math.ceil(count / 100);

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What a command has in its hands while it looks. */
export interface Look {
  readonly deadLetters: readonly Diagnosis[];
  /** How many messages can't be seen, about: somebody else looks at them, or was cut off while looking. */
  readonly hidden: number;
  /** Why the table can't be read, if it can't; what redriving would do is unknown then. */
  readonly tableProblem: unknown;
  /** How many messages the queue before it has, about. */
  readonly queued: number;
  readonly queue: DeadLetterQueue;
  /** Explains some of them as if the others were not there. */
  explainAmong(some: readonly Diagnosis[]): Diagnosis[];
  /** Says that a message is no longer on the dead-letter queue. */
  taken(one: Diagnosis): void;
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
  const queue = createDeadLetterQueue({ ...target, sqs: new SQSClient(target.client) });
  const { count, hidden, queued, retentionMs, attempts } = await queue.facts();
  const deadLetters = new Map<string, DeadLetter>();
  const release = () => queue.release([...deadLetters.values()]);
  let interruptedBy: string | undefined;
  let taking = Promise.resolve();
  const interrupted = async (signal: keyof typeof SIGNALS) => {
    interruptedBy = signal;
    await taking.then(release).finally(() => process.exit(SIGNALS[signal]));
  };
  for (const signal of Object.keys(SIGNALS)) process.once(signal, interrupted);
  try {
    taking = queue.takeAll(Math.min(HOLD_AT_MOST_SECONDS, holdForSeconds(count)), deadLetters, () => interruptedBy !== undefined);
    await taking;
    const now = Date.now();
    let tableProblem: unknown;
    const items = await createStateReader(target)
      .many(keysOf([...deadLetters.values()], now))
      .catch((error) => {
        tableProblem = error;
        return undefined;
      });
    const explainAll = (some: readonly DeadLetter[]) => diagnose(some, { now, retentionMs, attempts, items });
    return await work({
      deadLetters: explainAll([...deadLetters.values()]),
      hidden: stillHidden({ count, hidden }, deadLetters.size),
      tableProblem,
      queued,
      queue,
      explainAmong: (some) => explainAll(some.map(({ deadLetter }) => deadLetter)),
      taken: ({ deadLetter }) => deadLetters.delete(deadLetter.messageId),
    });
  } finally {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, interrupted);
    await release();
  }
};
