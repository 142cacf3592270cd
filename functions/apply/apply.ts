import { interpretMessage } from '../core/interpret-message.ts';
import { compareStates, identityOf, type Outcome, type State } from '../core/state.ts';

/** A message of the queue. `messageId` is SQS's, `body` should be an envelope. */
export interface Message {
  readonly messageId: string;
  readonly body: string;
}

/**
 * What became of one message. A failed one comes again, and after five times goes to the dead-letter queue.
 * `lagMs`: from its receipt until the table was right, in milliseconds.
 */
export type Result =
  | { readonly messageId: string; readonly kind: Outcome; readonly id: string; readonly lagMs: number }
  | { readonly messageId: string; readonly kind: 'failed'; readonly id?: string; readonly problem: string };

export interface Dependencies {
  /** Makes the state true unless the table knows something newer. Throws if that could not be found out. */
  write(state: State): Promise<Outcome>;
  describe(error: unknown): string;
  /** Epoch milliseconds. */
  now(): number;
}

// They share the SDK's fifty connections, and the time that a call has counts while it waits for one: on a busy processor,
// a thousand at once run out of it.
const WRITES_AT_ONCE = 100;

/**
 * Applies a batch. Of the states of one item only the newest is written, and the others ride on its result: a crash or a
 * failed write leaves all of them on the queue. What is not written when `signal` aborts has failed. Returns one result per
 * message, in no particular order.
 */
export const createApply =
  ({ write, describe, now }: Dependencies) =>
  async (messages: readonly Message[], signal: AbortSignal): Promise<Result[]> => {
    const results: Result[] = [];
    const candidates: Candidate[] = [];
    for (const { messageId, body } of messages) {
      const understood = interpretMessage(body, now());
      if (understood.kind === 'understood') candidates.push({ messageId, ...understood });
      else results.push({ messageId, ...understood, kind: 'failed' });
    }

    const resultOf = ({ messageId, id, receivedAt }: Candidate, kind: Outcome): Result => ({
      messageId,
      kind,
      id,
      lagMs: now() - receivedAt,
    });

    const outOfTime = rejectsAtAbort(signal);
    const applyItem = async ([newest, ...others]: Candidate[]): Promise<void> => {
      if (!newest) return;
      try {
        signal.throwIfAborted();
        const outcome = await Promise.race([write(newest.state), outOfTime]);
        results.push(resultOf(newest, outcome), ...others.map((other) => resultOf(other, besides(newest, other))));
      } catch (error) {
        const problem = describe(error);
        results.push(...[newest, ...others].map(({ messageId, id }): Result => ({ messageId, kind: 'failed', id, problem })));
      }
    };
    await inParallel(groupByItem(candidates), applyItem);
    return results;
  };

interface Candidate {
  readonly messageId: string;
  readonly id: string;
  readonly receivedAt: number;
  readonly state: State;
}

const groupByItem = (candidates: Candidate[]): Candidate[][] =>
  [...Map.groupBy(candidates, ({ state }) => identityOf(state)).values()].map((group) =>
    group.sort((a, b) => compareStates(b.state, a.state)),
  );

const besides = (newest: Candidate, other: Candidate): Outcome =>
  compareStates(newest.state, other.state) === 0 ? 'duplicate' : 'stale';

// A write that is on its way then may still arrive; its message comes again, and is a duplicate.
const rejectsAtAbort = (signal: AbortSignal): Promise<never> => {
  const rejects = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  rejects.catch(() => {});
  return rejects;
};

const inParallel = async <T>(tasks: readonly T[], run: (task: T) => Promise<void>): Promise<void> => {
  const left = tasks.values();
  const lane = async () => {
    for (const task of left) await run(task);
  };
  await Promise.all(Array.from({ length: Math.min(WRITES_AT_ONCE, tasks.length) }, lane));
};
