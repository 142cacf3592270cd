import { SQSClient } from '@aws-sdk/client-sqs';
import { type Diagnosis, diagnose, interpretAll, keysOf, type Letter, recordKeysOf } from '../../functions/core/diagnosis.ts';
import { createDeadLetterQueue, type DeadLetterQueue } from '../../functions/queues/dead-letter-queue.ts';
import { stillHidden } from '../../functions/queues/still-hidden.ts';
import type { Held } from '../../functions/queues/with-messages.ts';
import { count } from '../../functions/words/count.ts';
import { holding } from '../holding.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { asDeployed } from './deployed-view.ts';

const HOLD_AT_MOST_SECONDS = 43_200; // AWS's limit

/** How long a command may take, in seconds: half a minute, plus a second per hundred messages. */
const briefly = (depth: number): number => 30 + Math.ceil(depth / 100);

/** All dead letters, received and diagnosed. */
export interface Letters {
  readonly deadLetters: readonly Diagnosis[];
  /** Approximate number of messages that another reader has received. */
  readonly hidden: number;
  /** Why the table can't be read, if so; every prospect is then `unknown`. */
  readonly tableProblem: unknown;
  /** Approximate number of messages on the main queue. */
  readonly queued: number;
  readonly queue: DeadLetterQueue;
  readonly held: Held;
  /** Aborts when the user interrupts the command. */
  readonly stopping: AbortSignal;
  /** Diagnoses some of them as if the others did not exist. */
  explainAmong(some: readonly Diagnosis[]): Diagnosis[];
}

/** Says that not all messages could be received, if so. @param beside whether others could */
export const remarkOnHidden = (hidden: number, beside = true): string[] =>
  hidden === 0
    ? []
    : [
        `${beside ? `${hidden} more` : count(hidden, 'dead letter')} cannot be read now: another reader has received them. They become visible again within minutes.`,
      ];

/** Receives and diagnoses every dead letter, and passes them to `work`. */
export const withLetters = async <T>(
  target: Target,
  work: (look: Letters) => Promise<T>,
  holdForSeconds: (depth: number) => number = briefly,
): Promise<T> => {
  const queue = createDeadLetterQueue({ ...target, sqs: new SQSClient(target.client) });
  const { count: depth, hidden, queued, retentionMs, attempts } = await queue.facts();
  return holding(queue, Math.min(HOLD_AT_MOST_SECONDS, holdForSeconds(depth)), async (held, stopping) => {
    const letters = interpretAll(held.messages, Date.now());
    let tableProblem: unknown;
    const history = target.historyTableName;
    const [items, records] = await Promise.all([
      stateReaderOf(target).many(keysOf(letters)),
      history === undefined ? undefined : stateReaderOf(target, history).existing(recordKeysOf(letters)),
    ]).catch((error) => {
      tableProblem = error;
      return [];
    });
    const explainAll = (some: readonly Letter[]) =>
      diagnose(some, { retentionMs, attempts, items, records }).map((one) => asDeployed(one, target.release));
    return work({
      deadLetters: explainAll(letters),
      hidden: stillHidden({ count: depth, hidden }, held.messages.length),
      tableProblem,
      queued,
      queue,
      held,
      stopping,
      explainAmong: (some) => {
        const among = new Set(some.map(({ deadLetter }) => deadLetter));
        return explainAll(letters.filter(({ deadLetter }) => among.has(deadLetter)));
      },
    });
  });
};
