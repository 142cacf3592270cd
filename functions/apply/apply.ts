import { interpretMessage } from '../core/interpret-message.ts';
import { type HistoryRecord, recordOf } from '../core/record.ts';
import { compareStates, identityOf, type Outcome, type State } from '../core/state.ts';
import { mapConcurrent } from '../map-concurrent.ts';

/** A message from the queue. `messageId` is assigned by SQS; `body` should be an envelope. */
export interface Message {
  readonly messageId: string;
  readonly body: string;
}

/**
 * The result for one message. A failed message is redelivered; after five failures SQS moves it to the dead-letter queue.
 * `lagMs`: milliseconds from receipt to the write. `contested`: whether the results of its item contradict each other.
 */
export type Result =
  | {
      readonly messageId: string;
      readonly kind: Outcome;
      readonly id: string;
      readonly lagMs: number;
      readonly contested: boolean;
    }
  | { readonly messageId: string; readonly kind: 'failed'; readonly id?: string; readonly problem: string };

/** The result of writing a state, and whether the item's results contradict each other now. */
export interface Written {
  readonly outcome: Outcome;
  readonly contested: boolean;
}

export interface Dependencies {
  /**
   * Writes the state unless the table has a newer one, and records the marks of the `others` of the same item, which are not
   * newer. Throws if the outcome is unknown.
   */
  write(state: State, others?: readonly State[]): Promise<Written>;
  /** Records what was received, once. Without it, no history is kept. Throws if it may not be recorded. */
  readonly record?: ((record: HistoryRecord) => Promise<void>) | undefined;
  describe(error: unknown): string;
  /** Epoch milliseconds. */
  now(): number;
}

// The SDK has 50 connections, and the request timeout includes the wait for one: with 1,000 concurrent writes on a busy CPU,
// requests time out.
const WRITES_AT_ONCE = 100;

/**
 * Applies a batch, and records every delivery in it. Only the newest state of each item is written. The item's other messages share
 * the result of that write, so a crash or a failed write leaves all of them on the queue, and a failed record its own message.
 * Messages that are not written when `signal` aborts are reported as failed. Returns one result per message, in no particular order.
 */
export const createApply =
  ({ write, record, describe, now }: Dependencies) =>
  async (messages: readonly Message[], signal: AbortSignal): Promise<Result[]> => {
    const results: Result[] = [];
    const candidates: Candidate[] = [];
    for (const { messageId, body } of messages) {
      const interpretation = interpretMessage(body, now());
      if (interpretation.kind === 'understood') {
        const { envelope, type, state } = interpretation;
        const { id, receivedAt } = envelope;
        candidates.push({ messageId, id, receivedAt, state, record: record && recordOf(envelope, type, state) });
      } else {
        const { envelope, problem } = interpretation;
        results.push({ messageId, kind: 'failed', ...(envelope && { id: envelope.id }), problem });
      }
    }

    const resultOf = ({ messageId, id, receivedAt }: Candidate, kind: Outcome, contested: boolean): Result => ({
      messageId,
      kind,
      id,
      lagMs: now() - receivedAt,
      contested,
    });

    const outOfTime = rejectsAtAbort(signal);
    const applyItem = async ([newest, ...others]: Candidate[]): Promise<void> => {
      if (!newest) return;
      try {
        signal.throwIfAborted();
        const states = others.map(({ state }) => state);
        const { outcome, contested } = await Promise.race([write(newest.state, states), outOfTime]);
        results.push(resultOf(newest, outcome, contested));
        for (const other of others) results.push(resultOf(other, supersededOutcome(newest, other, contested), contested));
      } catch (error) {
        const problem = describe(error);
        results.push(...[newest, ...others].map(({ messageId, id }): Result => ({ messageId, kind: 'failed', id, problem })));
      }
    };
    /** Why messages could not be recorded, by message id. */
    const unrecorded = new Map<string, string>();
    const recordOne = async ({ messageId, record: what }: Candidate): Promise<void> => {
      if (!what) return;
      try {
        signal.throwIfAborted();
        await Promise.race([record?.(what), outOfTime]);
      } catch (error) {
        unrecorded.set(messageId, describe(error));
      }
    };
    const atOnce = record ? WRITES_AT_ONCE / 2 : WRITES_AT_ONCE;
    await Promise.all([mapConcurrent(atOnce, groupByItem(candidates), applyItem), mapConcurrent(atOnce, candidates, recordOne)]);
    return results.map((result): Result => {
      const problem = unrecorded.get(result.messageId);
      return problem === undefined || result.kind === 'failed' ? result : { ...idsOf(result), kind: 'failed', problem };
    });
  };

const idsOf = ({ messageId, id }: { readonly messageId: string; readonly id: string }) => ({ messageId, id });

interface Candidate {
  readonly messageId: string;
  readonly id: string;
  readonly receivedAt: number;
  readonly state: State;
  readonly record: HistoryRecord | undefined;
}

const groupByItem = (candidates: Candidate[]): Candidate[][] =>
  [...Map.groupBy(candidates, ({ state }) => identityOf(state)).values()].map((group) =>
    group.sort((a, b) => compareStates(b.state, a.state)),
  );

const supersededOutcome = (newest: Candidate, other: Candidate, contested: boolean): Outcome => {
  if (other.state.asksNothing) return 'unchanged';
  if (contested) return 'contested';
  return compareStates(newest.state, other.state) === 0 ? 'duplicate' : 'stale';
};

// A write in flight may still succeed; its message is then redelivered and found to be a duplicate.
const rejectsAtAbort = (signal: AbortSignal): Promise<never> => {
  const rejects = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  rejects.catch(() => {});
  return rejects;
};
