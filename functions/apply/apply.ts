import { decodeEnvelope, type Envelope } from '../core/envelope.ts';
import { ALL_OTHER_TYPES } from '../core/notification.ts';
import { read } from '../core/reading.ts';
import { compareStates, identityOf, type Outcome, type State, stateOf } from '../core/state.ts';

/** A message of the queue. `messageId` is SQS's, `body` should be an envelope. */
export interface Message {
  readonly messageId: string;
  readonly body: string;
}

/** What became of one message. A failed one comes again, and after five times goes to the dead-letter queue. */
export type Result =
  | { readonly messageId: string; readonly kind: Outcome; readonly id: string }
  | { readonly messageId: string; readonly kind: 'failed'; readonly id?: string; readonly problem: string };

export interface Surroundings {
  /** Makes the state true unless the table knows something newer. Throws if that could not be found out. */
  write(state: State, signal: AbortSignal): Promise<Outcome>;
  describe(error: unknown): string;
  /** Epoch milliseconds. */
  now(): number;
}

// As many as the SDK has connections at hand; more would only wait, and run out of time waiting.
const WRITES_AT_ONCE = 32;

/**
 * Applies a batch. Of the states of one item only the newest is written, and the others ride on its result: a crash or a
 * failed write leaves all of them on the queue. Returns one result per message, in no particular order.
 */
export const createApply =
  ({ write, describe, now }: Surroundings) =>
  async (messages: readonly Message[], signal: AbortSignal): Promise<Result[]> => {
    const understood = messages.map((message) => understand(message, now()));
    const items = groupByItem(understood.filter((candidate) => candidate.kind === 'candidate'));
    const results: Result[] = understood.filter((result) => result.kind === 'failed');

    const applyItem = async ([newest, ...others]: Candidate[]): Promise<void> => {
      if (!newest) return;
      try {
        const outcome = await write(newest.state, signal);
        results.push(resultOf(newest, outcome), ...others.map((other) => resultOf(other, besides(newest, other))));
      } catch (error) {
        const problem = describe(error);
        results.push(...[newest, ...others].map(({ messageId, id }): Result => ({ messageId, kind: 'failed', id, problem })));
      }
    };
    await inParallel(items, applyItem);
    return results;
  };

interface Candidate {
  readonly kind: 'candidate';
  readonly messageId: string;
  readonly id: string;
  readonly state: State;
}

type Failed = Extract<Result, { kind: 'failed' }>;

const understand = ({ messageId, body }: Message, now: number): Candidate | Failed => {
  const envelope = decodeEnvelope(body);
  if (!envelope) return { messageId, kind: 'failed', problem: 'not_an_envelope' };
  const { id, receivedAt } = envelope;
  const reading = read(envelope.bytes, now);
  if (reading.kind === 'not_understood') return { messageId, kind: 'failed', id, problem: reading.reason };
  if (!mayState(envelope, reading.type)) return { messageId, kind: 'failed', id, problem: 'signed_for_another_type' };
  return { messageId, kind: 'candidate', id, state: stateOf(reading.notification, receivedAt) };
};

// A parked body was authentic under any token, since no one knew its type. Now that it is known, it needs its own.
const mayState = ({ parked }: Envelope, type: string): boolean =>
  parked === undefined || parked.signedFor.includes(type) || parked.signedFor.includes(ALL_OTHER_TYPES);

const groupByItem = (candidates: Candidate[]): Candidate[][] =>
  [...Map.groupBy(candidates, ({ state }) => identityOf(state)).values()].map((group) =>
    group.sort((a, b) => compareStates(b.state, a.state)),
  );

const resultOf = ({ messageId, id }: Candidate, kind: Outcome): Result => ({ messageId, kind, id });

const besides = (newest: Candidate, other: Candidate): Outcome =>
  compareStates(newest.state, other.state) === 0 ? 'duplicate' : 'stale';

const inParallel = async <T>(tasks: readonly T[], run: (task: T) => Promise<void>): Promise<void> => {
  const left = tasks.values();
  const lane = async () => {
    for (const task of left) await run(task);
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, lane));
};
