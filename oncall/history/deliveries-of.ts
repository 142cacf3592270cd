import type { Envelope } from '../../functions/core/envelope.ts';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { CREDENTIAL, EMAIL, FACETS, type Facet, isKeyOf, KRAKEN_LEVEL, LEVEL, type Status } from '../../functions/core/facets.ts';
import { interpretMessage } from '../../functions/core/interpret-message.ts';
import type { State, StoredItem } from '../../functions/core/state.ts';
import { itemAfter } from '../../functions/core/state.ts';
import { deliveryId } from '../../functions/ingest/delivery-id.ts';

/** A delivery, and the state that it asks for. */
export interface Restated {
  readonly envelope: Envelope;
  readonly state: State;
}

/**
 * Deliveries that lead to an item of the table, as if it had been received at this time, in epoch milliseconds. What counts from its
 * receipt, as an address, keeps its own time.
 *
 * @returns `undefined` if no deliveries do, as for an item that was edited
 */
export const deliveriesOf = (item: StoredItem, at: number): readonly Restated[] | undefined => {
  const facet = FACETS.find((one) => isKeyOf(one, { pk: String(item.pk), sk: String(item.sk) }));
  const envelopes = facet ? (RESTATE.get(facet)?.(item, at) ?? []) : [];
  const deliveries = envelopes.flatMap((envelope) => {
    const read = interpretMessage(encodeEnvelope(envelope), Number.POSITIVE_INFINITY);
    return read.kind === 'understood' ? [{ envelope, state: read.state }] : [];
  });
  let led: StoredItem = {};
  for (const { state } of deliveries) led = { ...state.key, ...itemAfter(state, led) };
  const names = Object.keys(led);
  return names.length > 0 && names.every((name) => led[name] === item[name]) ? deliveries : undefined;
};

const delivery = (body: object, receivedAt: number, more: Partial<Envelope> = {}): Envelope => {
  const bytes = Buffer.from(JSON.stringify(body));
  return { id: deliveryId(bytes), receivedAt, bytes, source: 'import', ...more };
};

type Restate = (item: StoredItem, at: number) => Envelope[];

const ofKraken: Restate = ({ user_id: id, status, note, as_of, status_rank, receipt, ...item }) => {
  const { decided_by: by, decided_why: why, approval_received_at: approval, rejection_received_at: rejection } = item;
  const [time = '', deliveryName = ''] = String(receipt).split('#');
  const decision =
    typeof by === 'string' ? { asOf: Number(as_of), statusRank: Number(status_rank), by, why: String(why) } : undefined;
  const receivedAt = Date.parse(time);
  if (!Number.isFinite(receivedAt)) return [];
  const winner = { id: deliveryName, ...(decision && { decision }) };
  const marked = (result: Status, mark: StoredItem[string] | undefined): Envelope[] =>
    typeof mark === 'number' && mark !== receivedAt ? [delivery({ id, status: result }, mark)] : [];
  return [
    ...marked('rejected', rejection),
    ...marked('approved', approval),
    delivery({ id, status, ...(typeof note === 'string' && { note }) }, receivedAt, winner),
  ];
};

const RESTATE: ReadonlyMap<Facet, Restate> = new Map<Facet, Restate>([
  [KRAKEN_LEVEL, ofKraken],
  [
    LEVEL,
    ({ user_id, level, status, timestamp, as_of, status_rank }, at) => [
      timestamp === undefined
        ? delivery({ user_id, level, credential: status }, at, {
            source: 'reconciled',
            decision: {
              asOf: Number(as_of),
              statusRank: Number(status_rank),
              by: 'unknown',
              why: 'healed before the history started',
            },
          })
        : delivery({ type: `verification_${status}`, data: { user_id, level, timestamp } }, at),
    ],
  ],
  [EMAIL, ({ user_id, email, as_of }) => [delivery({ type: 'email_changed', data: { user_id, email } }, Number(as_of))]],
  [
    CREDENTIAL,
    ({ idos_human_id, credential_id, shared_at }, at) => [
      delivery({ type: 'credential_shared', data: { idos_human_id, credential_id, shared_at } }, at),
    ],
  ],
]);
