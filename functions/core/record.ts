import type { Envelope } from './envelope.ts';
import type { Key } from './facets.ts';
import { parseBody } from './listed.ts';
import { stateOf } from './notification.ts';
import { textOf } from './parse-notification.ts';
import { SOURCES } from './receipt.ts';
import { identityOf, itemAfter, type State, type StoredItem, type StoredValue } from './state.ts';
import { isTestUser } from './test-user.ts';

/** What the history keeps of one delivery: a record is written once and never changed. */
export interface HistoryRecord {
  readonly key: Key;
  readonly attributes: Readonly<Record<string, StoredValue>>;
  /** Whether it is kept. What test users do is tried and not kept, so that the release check and `doctor` reach the history. */
  readonly isKept: boolean;
}

/**
 * The record of a delivery: what it said, when it was received, and on what evidence. The key has the time of receipt and the
 * delivery id, so a message that SQS delivers again has the same record, and the same bytes received again have another.
 */
export const recordOf = (envelope: Envelope, type: string, state: State): HistoryRecord => {
  const { id, receivedAt, bytes, proof, decision, source = decision ? 'operator' : 'webhook' } = envelope;
  const { pk, sk } = state.key;
  const text = textOf(bytes);
  return {
    isKept: !isTestUser(pk),
    key: recordKeyOf(envelope, state),
    attributes: {
      ...state.attributes,
      item: sk,
      type,
      id,
      as_of: state.asOf,
      received_at: receivedAt,
      source,
      ...(text === undefined ? { body_base64: Buffer.from(bytes).toString('base64') } : { body: text }),
      ...(proof && { token_entry: proof.entry, signature_sha256: proof.signatureSha256 }),
      ...(decision && { decided_by: decision.by, decided_why: decision.why, decided_rank: decision.statusRank }),
    },
  };
};

/** The key of the record of a delivery. */
export const recordKeyOf = ({ id, receivedAt }: Pick<Envelope, 'id' | 'receivedAt'>, { key: { pk, sk } }: State): Key => ({
  pk,
  sk: `${sk}#${new Date(receivedAt).toISOString()}#${id}`,
});

/** The delivery that a record is of, as apply received it; `undefined` if it is no record. */
export const envelopeOfRecord = (record: StoredItem): Envelope | undefined => {
  const { id, received_at: receivedAt, body, body_base64: base64, as_of: asOf, source } = record;
  if (typeof id !== 'string' || typeof receivedAt !== 'number') return undefined;
  const { token_entry: entry, signature_sha256: signatureSha256, decided_rank: statusRank, decided_by, decided_why } = record;
  return {
    id,
    receivedAt,
    bytes: typeof body === 'string' ? Buffer.from(body) : Buffer.from(String(base64), 'base64'),
    source: SOURCES.find((one) => one === source),
    ...(typeof entry === 'string' && typeof signatureSha256 === 'string' && { proof: { entry, signatureSha256 } }),
    ...(typeof statusRank === 'number' &&
      typeof asOf === 'number' && { decision: { asOf, statusRank, by: String(decided_by), why: String(decided_why) } }),
  };
};

/** What a record said, by the rules of this release; `undefined` if it is none, or is not understood. */
export const stateOfRecord = (record: StoredItem): State | undefined => {
  const envelope = envelopeOfRecord(record);
  if (!envelope) return undefined;
  const parsed = parseBody(envelope, Number.POSITIVE_INFINITY);
  return parsed.kind === 'not_understood' ? undefined : stateOf(parsed.notification, envelope);
};

/**
 * The items that these records lead to, by `identityOf`, in whatever order they are. For every item about which no message waits
 * or was dropped, and that nobody edited, it is that of the table.
 *
 * @param items those that earlier records have led to
 */
export const fold = (records: readonly StoredItem[], items = new Map<string, StoredItem>()): Map<string, StoredItem> => {
  for (const record of records) {
    const state = stateOfRecord(record);
    if (!state || state.asksNothing) continue;
    const identity = identityOf(state);
    items.set(identity, { ...state.key, ...itemAfter(state, items.get(identity)) });
  }
  return items;
};

/** The time by which a record counts: when the delivery was received, or when the table said so. */
export const CLOCKS = ['received', 'recorded'] as const;

export type Clock = (typeof CLOCKS)[number];

/** The items that these records had led to by a time, in epoch milliseconds; as in `fold`. */
export const itemsAsOf = (records: readonly StoredItem[], at: number, clock: Clock = 'received'): Map<string, StoredItem> =>
  fold(records.filter((record) => Number(record[`${clock}_at`]) <= at));

/** The item of the history that says since when it is complete: `complete_since`, in epoch milliseconds. */
export const HISTORY_START: Key = { pk: 'HISTORY', sk: 'START' };

/** The partition of the history that notes erasures: the sort key is the SHA-256 of an id, `erased_at` epoch milliseconds. */
export const ERASURES = 'ERASED';
