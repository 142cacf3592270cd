import { SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../../functions/core/dead-letter.ts';
import { type Diagnosis, diagnose, keysOf } from '../../functions/core/diagnosis.ts';
import { createDeadLetterQueue, type DeadLetterQueue, stillHidden } from '../../functions/dead-letters/dead-letter-queue.ts';
import { CannotRunError } from '../failure.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';

const HOLD_AT_MOST_SECONDS = 43_200; // AWS's limit

/** How long a command may take, in seconds: half a minute, plus a second per hundred messages. */
const briefly = (count: number): number => 30 + Math.ceil(count / 100);

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** All dead letters, received and diagnosed. */
export interface Look {
  readonly deadLetters: readonly Diagnosis[];
  /** Approximate number of messages that another reader has received. */
  readonly hidden: number;
  /** Why the table can't be read, if so; every prospect is then `unknown`. */
  readonly tableProblem: unknown;
  /** Approximate number of messages on the main queue. */
  readonly queued: number;
  readonly queue: DeadLetterQueue;
  /** Diagnoses some of them as if the others did not exist. */
  explainAmong(some: readonly Diagnosis[]): Diagnosis[];
  /** Must be called before a message is deleted. @throws CannotRunError if another reader may have received it in the meantime */
  stillHeld(): void;
  /** Must be called once a message is deleted from the dead-letter queue. */
  taken(one: Diagnosis): void;
}

/** Says that not all messages could be received, if so. */
export const remarkOnHidden = (hidden: number): string[] =>
  hidden === 0
    ? []
    : [`${hidden} more cannot be read now: another reader has received them. They become visible again within minutes.`];

/**
 * Receives and diagnoses every dead letter, and passes them to `work`. When `work` ends, messages that it did not delete
 * become visible again; if this process is killed, they do after `holdForSeconds`.
 */
export const withLetters = async <T>(
  target: Target,
  work: (look: Look) => Promise<T>,
  holdForSeconds: (count: number) => number = briefly,
): Promise<T> => {
  const queue = createDeadLetterQueue({ ...target, sqs: new SQSClient(target.client) });
  const { count, hidden, queued, retentionMs, attempts } = await queue.facts();
  const deadLetters = new Map<string, DeadLetter>();
  const release = () => queue.release([...deadLetters.values()]);
  const holdSeconds = Math.min(HOLD_AT_MOST_SECONDS, holdForSeconds(count));
  const heldUntil = Date.now() + holdSeconds * 1_000;
  let interruptedBy: string | undefined;
  let taking = Promise.resolve();
  const interrupted = async (signal: keyof typeof SIGNALS) => {
    interruptedBy = signal;
    await taking.then(release).finally(() => process.exit(SIGNALS[signal]));
  };
  for (const signal of Object.keys(SIGNALS)) process.once(signal, interrupted);
  try {
    taking = queue.takeAll(holdSeconds, deadLetters, () => interruptedBy !== undefined);
    await taking;
    const now = Date.now();
    let tableProblem: unknown;
    const items = await stateReaderOf(target)
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
      stillHeld: () => {
        if (Date.now() >= heldUntil)
          throw new CannotRunError(
            `This took longer than ${holdSeconds} s, and others may have received the messages. Repeat it.`,
          );
      },
      taken: ({ deadLetter }) => deadLetters.delete(deadLetter.messageId),
    });
  } finally {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, interrupted);
    await release();
  }
};
