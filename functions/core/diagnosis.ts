import type { DeadLetter } from './dead-letter.ts';
import { decodeEnvelope } from './envelope.ts';
import { type Interpretation, interpretMessage } from './interpret-message.ts';
import { parseNotification } from './parse-notification.ts';
import type { StoredItem } from './state.ts';
import { compareStates, identityOf, predictOutcome, type State } from './state.ts';

/** What redriving a message now would do, by the rule of the table. */
export type Prospect = 'would_apply' | 'duplicate' | 'stale' | 'would_fail' | 'not_understood' | 'unknown';

/** A prospect, and why, unless the rule of the table explains it. */
interface Outlook {
  readonly prospect: Prospect;
  readonly problem?: string | undefined;
}

/** A dead letter, why it is on the queue, and what redriving it would do. Times are epoch milliseconds. */
export interface Diagnosis {
  readonly deadLetter: DeadLetter;
  /** The delivery id, as in responses and logs; the SQS message id if the message is not an envelope. */
  readonly id: string;
  readonly type: string | undefined;
  /** The reported state; `undefined` if it is not understood. */
  readonly state: State | undefined;
  /** Why it is on the dead-letter queue. */
  readonly cause: string;
  readonly prospect: Prospect;
  /** Why it is still not understood, or would fail again. */
  readonly problem: string | undefined;
  readonly firstArrivedAt: number;
  readonly expiresAt: number;
}

export interface Circumstances {
  readonly now: number;
  readonly retentionMs: number;
  /** After how many attempts apply gives up. */
  readonly attempts: number;
  /** The current items with the keys of `keysOf`; `undefined` if the table can't be read. */
  readonly items: ReadonlyMap<string, StoredItem> | undefined;
}

const statesOf = (deadLetters: readonly DeadLetter[], now: number): State[] =>
  deadLetters.flatMap(({ body }) => {
    const understood = interpretMessage(body, now);
    return understood.kind === 'understood' ? [understood.state] : [];
  });

/** The distinct keys of the items that these dead letters concern. */
export const keysOf = (deadLetters: readonly DeadLetter[], now: number): State['key'][] => [
  ...new Map(statesOf(deadLetters, now).map((state) => [identityOf(state), state.key])).values(),
];

/**
 * Diagnoses dead letters, oldest first. Of several about one item, only the newest can change it. If it does, the others are
 * compared with it instead of with the item.
 */
export const diagnose = (deadLetters: readonly DeadLetter[], circumstances: Circumstances): Diagnosis[] => {
  const { now, items } = circumstances;
  const newest = new Map<string, { readonly state: State; readonly messageId: string }>();
  const explained = deadLetters.map((deadLetter) => ({ deadLetter, understood: interpretMessage(deadLetter.body, now) }));
  for (const { deadLetter, understood } of explained) {
    if (understood.kind !== 'understood') continue;
    const identity = identityOf(understood.state);
    const other = newest.get(identity);
    if (!other || compareStates(understood.state, other.state) > 0) {
      newest.set(identity, { state: understood.state, messageId: deadLetter.messageId });
    }
  }

  const outlookOf = (deadLetter: DeadLetter, understood: Interpretation): Outlook => {
    if (understood.kind === 'not_understood') return { prospect: 'not_understood', problem: understood.problem };
    if (!items) return { prospect: 'unknown' };
    const { state } = understood;
    const item = items.get(identityOf(state));
    const first = newest.get(identityOf(state));
    if (first?.messageId === deadLetter.messageId || !first || predictOutcome(first.state, item) !== 'applied') {
      const outcome = predictOutcome(state, item);
      if (typeof outcome === 'object') return { prospect: 'would_fail', problem: outcome.contradiction };
      return { prospect: outcome === 'applied' ? 'would_apply' : outcome };
    }
    return { prospect: compareStates(state, first.state) === 0 ? 'duplicate' : 'stale' };
  };

  return explained
    .map(({ deadLetter, understood }) => describe(deadLetter, understood, outlookOf(deadLetter, understood), circumstances))
    .sort((a, b) => a.firstArrivedAt - b.firstArrivedAt);
};

const describe = (
  deadLetter: DeadLetter,
  understood: Interpretation,
  { prospect, problem }: Outlook,
  { now, retentionMs, attempts }: Circumstances,
): Diagnosis => {
  const envelope = decodeEnvelope(deadLetter.body);
  return {
    deadLetter,
    id: envelope?.id ?? deadLetter.messageId,
    type: envelope && parseNotification(envelope.bytes, now).type,
    state: understood.kind === 'understood' ? understood.state : undefined,
    cause: envelope?.parked
      ? `parked: ${envelope.parked.reason}`
      : envelope
        ? `apply gave up after ${attempts} attempts`
        : 'not from this receiver',
    prospect,
    problem,
    firstArrivedAt: envelope?.receivedAt ?? deadLetter.sentAt,
    expiresAt: deadLetter.sentAt + retentionMs,
  };
};
