import type { HeldMessage } from './held-message.ts';
import { type Interpretation, interpretMessage } from './interpret-message.ts';
import { recordOf } from './record.ts';
import {
  compareStates,
  identityOf,
  itemAfter,
  type Outcome,
  outcomeByOrder,
  predictOutcome,
  type State,
  type StoredItem,
} from './state.ts';

/** What redriving a message now would do, by the rule of the table. `would_record`: only its record in the history is missing. */
export type Prospect = 'would_apply' | 'would_record' | Exclude<Outcome, 'applied'> | 'would_fail' | 'not_understood' | 'unknown';

/** A dead letter with its interpretation. */
export interface Letter {
  readonly deadLetter: HeldMessage;
  readonly interpretation: Interpretation;
}

/** A prospect, and why, unless the rule of the table explains it. */
interface Outlook {
  readonly prospect: Prospect;
  readonly problem?: string | undefined;
}

/** A dead letter, why it is on the queue, and what redriving it would do. Times are epoch milliseconds. */
export interface Diagnosis {
  readonly deadLetter: HeldMessage;
  /** The body of the delivery as it was received; that of the message if it is not an envelope. */
  readonly bytes: Uint8Array;
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
  readonly retentionMs: number;
  /** After how many attempts apply gives up. */
  readonly attempts: number;
  /** The current items with the keys of `keysOf`; `undefined` if the table can't be read. */
  readonly items: ReadonlyMap<string, StoredItem> | undefined;
  /** Those of the keys of `recordKeysOf` that the history has, by `identityOf`; `undefined` if no history is kept. */
  readonly records?: ReadonlySet<string> | undefined;
}

/** @param now epoch milliseconds */
export const interpretAll = (deadLetters: readonly HeldMessage[], now: number): Letter[] =>
  deadLetters.map((deadLetter) => ({ deadLetter, interpretation: interpretMessage(deadLetter.body, now) }));

/** The distinct keys of the items that these dead letters concern. */
export const keysOf = (letters: readonly Letter[]): State['key'][] => [
  ...new Map(
    letters.flatMap(({ interpretation }) => {
      if (interpretation.kind !== 'understood') return [];
      return [[identityOf(interpretation.state), interpretation.state.key] as const];
    }),
  ).values(),
];

/** The distinct keys of the records of these dead letters. */
export const recordKeysOf = (letters: readonly Letter[]): State['key'][] => [
  ...new Map(letters.flatMap((letter) => recordKeyOf(letter) ?? []).map((key) => [identityOf({ key }), key])).values(),
];

const recordKeyOf = ({ interpretation }: Letter): State['key'] | undefined => {
  if (interpretation.kind !== 'understood') return undefined;
  const { envelope, type, state } = interpretation;
  const { key, isKept } = recordOf(envelope, type, state);
  return isKept ? key : undefined;
};

/**
 * Diagnoses dead letters, oldest first. Of several about one item, only the newest can change it. If it does, the others are
 * compared with it instead of with the item.
 */
export const diagnose = (letters: readonly Letter[], circumstances: Circumstances): Diagnosis[] => {
  const { items, records } = circumstances;
  const newest = new Map<string, { readonly state: State; readonly messageId: string }>();
  for (const { deadLetter, interpretation } of letters) {
    if (interpretation.kind !== 'understood') continue;
    const identity = identityOf(interpretation.state);
    const other = newest.get(identity);
    if (!other || compareStates(interpretation.state, other.state) > 0) {
      newest.set(identity, { state: interpretation.state, messageId: deadLetter.messageId });
    }
  }

  const outlookOf = (letter: Letter): Outlook => {
    const { deadLetter, interpretation } = letter;
    if (interpretation.kind === 'not_understood') return { prospect: 'not_understood', problem: interpretation.problem };
    if (!items) return { prospect: 'unknown' };
    const { state } = interpretation;
    const item = items.get(identityOf(state));
    const first = newest.get(identityOf(state));
    const isFirst = !first || first.messageId === deadLetter.messageId;
    const applies = !isFirst && outcomeByOrder(first.state, item) === 'applied';
    const outcome = predictOutcome(state, applies ? itemAfter(first.state, item) : item);
    if (typeof outcome === 'object') return { prospect: 'would_fail', problem: outcome.contradiction };
    if (outcome === 'applied') return { prospect: 'would_apply' };
    const key = recordKeyOf(letter);
    return { prospect: records && key && !records.has(identityOf({ key })) ? 'would_record' : outcome };
  };

  return letters
    .map((letter) => describe(letter, outlookOf(letter), circumstances))
    .sort((a, b) => a.firstArrivedAt - b.firstArrivedAt);
};

const describe = (
  { deadLetter, interpretation }: Letter,
  { prospect, problem }: Outlook,
  { retentionMs, attempts }: Circumstances,
): Diagnosis => {
  const { envelope, type } = interpretation;
  return {
    deadLetter,
    bytes: envelope?.bytes ?? Buffer.from(deadLetter.body),
    id: envelope?.id ?? deadLetter.messageId,
    type,
    state: interpretation.kind === 'understood' ? interpretation.state : undefined,
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
