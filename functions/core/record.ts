import type { Envelope } from './envelope.ts';
import type { Key } from './facets.ts';
import { stateOf } from './notification.ts';
import { parseNotification, textOf } from './parse-notification.ts';
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
    key: { pk, sk: `${sk}#${new Date(receivedAt).toISOString()}#${id}` },
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

/** What a record said, by the rules of this release; `undefined` if it is none, or is not understood. */
export const stateOfRecord = (record: StoredItem): State | undefined => {
  const { id, received_at: receivedAt, body, body_base64: base64, as_of: asOf, decided_by: by, decided_why: why } = record;
  if (typeof id !== 'string' || typeof receivedAt !== 'number') return undefined;
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(String(base64), 'base64');
  const parsed = parseNotification(bytes, Number.POSITIVE_INFINITY);
  if (parsed.kind === 'not_understood') return undefined;
  const decision =
    typeof record.decided_rank === 'number' && typeof asOf === 'number'
      ? { asOf, statusRank: record.decided_rank, by: String(by), why: String(why) }
      : undefined;
  return stateOf(parsed.notification, { id, receivedAt, decision });
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
