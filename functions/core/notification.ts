import * as v from 'valibot';
import { CREDENTIAL, EMAIL, type Facet, type Key, KRAKEN_LEVEL, LEVEL, STATUS_RANK, type Status } from './facets.ts';
import { formatInstant, InstantSchema } from './instant.ts';
import { KRAKEN, krakenFields } from './kraken.ts';
import type { Decision, Receipt } from './receipt.ts';
import type { State, StoredValue } from './state.ts';

// A DynamoDB sort key takes up to 1,024 bytes, and only text; Fractal's identifiers are UUIDs and short words.
// Any other identifier could not be stored, looked up or displayed, so it is not understood.
export const Identifier = v.pipe(
  v.string('wrong_field'),
  v.nonEmpty('wrong_field'),
  v.maxBytes(512, 'wrong_field'),
  v.regex(/^[^\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]*$/u, 'wrong_field'),
);

/** A notification that is understood. Times in `data` are epoch milliseconds. */
export interface Notification {
  readonly type: NotificationType;
  readonly data: Readonly<Record<string, StoredValue | null | undefined>>;
}

/** A type of notification. */
interface Kind {
  /** The fields of `data`; of Kraken's results, which have no `data`, those of the body. */
  readonly fields: readonly string[];
  /** The field with the time when it became true; none if Fractal sends no time. */
  readonly time: string | undefined;
  readonly body: v.GenericSchema<unknown, Pick<Notification, 'data'>>;
  stateOf(data: Notification['data'], asOf: number, receipt: Receipt): State;
}

const kind = <Entries extends v.ObjectEntries, Subject, Attributes extends Subject & State['attributes']>(definition: {
  readonly data: Entries;
  readonly time?: keyof Entries & string;
  readonly facet: {
    keyOf(subject: Subject): Key;
    readonly tieBreaks: readonly (keyof Attributes & Facet['tieBreaks'][number])[];
  };
  attributes(data: v.InferOutput<v.ObjectSchema<Entries, undefined>>): Attributes;
}): Kind => {
  const { data, time, facet } = definition;
  return {
    fields: Object.keys(data),
    time,
    body: v.object({ data: v.object(data, 'wrong_field') }) as unknown as Kind['body'],
    stateOf: (values, asOf) => {
      const attributes = definition.attributes(values as v.InferOutput<v.ObjectSchema<Entries, undefined>>);
      return { key: facet.keyOf(attributes), asOf, tieBreaks: facet.tieBreaks, attributes, without: [] };
    },
  };
};

const verification = (status: Status): Kind =>
  kind({
    data: { level: Identifier, user_id: Identifier, timestamp: InstantSchema },
    time: 'timestamp',
    facet: LEVEL,
    attributes: ({ user_id, level, timestamp }) => ({
      user_id,
      level,
      status,
      status_rank: STATUS_RANK[status],
      timestamp: formatInstant(timestamp),
    }),
  });

const KRAKEN_DATA = krakenFields(Identifier);

type KrakenData = v.InferOutput<v.ObjectSchema<typeof KRAKEN_DATA, undefined>>;

/**
 * Kraken's result. It has no time, and retries come for days, so an approval is older than any rejection, which counts from its
 * receipt: a repeated approval never lifts a rejection.
 */
const result: Kind = {
  fields: Object.keys(KRAKEN_DATA),
  time: undefined,
  body: v.pipe(
    v.object(KRAKEN_DATA),
    v.transform((data) => ({ data })),
  ),
  stateOf: (data, _, receipt) => {
    const { id: user_id, status, note } = data as unknown as KrakenData;
    const subject = { user_id, level: KRAKEN };
    const all = { key: KRAKEN_LEVEL.keyOf(subject), tieBreaks: KRAKEN_LEVEL.tieBreaks };
    if (status === 'pending') return { ...all, asOf: 0, attributes: subject, without: [], asksNothing: true };
    const { receivedAt, decision, source } = receipt;
    // Kraken's API tells no time, and its answer may be about a verification of long ago.
    const time = source === 'reconciled' ? {} : { timestamp: formatInstant(receivedAt) };
    const personal = {
      ...(note && { note }),
      ...(decision && { decided_by: decision.by, decided_why: decision.why }),
    };
    return {
      ...all,
      asOf: decision?.asOf ?? (status === 'approved' ? 0 : receivedAt),
      attributes: {
        ...subject,
        status,
        status_rank: decision?.statusRank ?? STATUS_RANK[status],
        ...time,
        receipt: `${new Date(receivedAt).toISOString()}#${receipt.id}`,
        ...personal,
      },
      without: ['timestamp', ...Object.keys(KRAKEN_LEVEL.personal)].filter((name) => !(name in time || name in personal)),
      mark: decision
        ? { attribute: 'decided_at', keeps: 'latest', at: receivedAt }
        : status === 'approved'
          ? { attribute: 'approval_received_at', keeps: 'latest', at: receivedAt }
          : { attribute: 'rejection_received_at', keeps: 'first', at: receivedAt },
    };
  },
};

/**
 * The five notifications that Fractal documents, and Kraken's result. An unknown level is data, since Fractal's list of levels grows; undocumented
 * fields are ignored. The attributes depend on values, not on notation: two notations of the same time give the same item.
 */
const KINDS = {
  verification_approved: verification('approved'),
  verification_contacted: verification('contacted'),
  verification_rejected: verification('rejected'),
  credential_shared: kind({
    data: { idos_human_id: Identifier, credential_id: Identifier, shared_at: InstantSchema },
    time: 'shared_at',
    facet: CREDENTIAL,
    attributes: ({ shared_at, ...ids }) => ({ ...ids, shared_at: formatInstant(shared_at) }),
  }),
  email_changed: kind({
    data: { user_id: Identifier, email: Identifier },
    facet: EMAIL,
    attributes: ({ user_id, email }) => ({ user_id, email }),
  }),
  [KRAKEN]: result,
} as const satisfies Readonly<Record<string, Kind>>;

export type NotificationType = keyof typeof KINDS;

export const NOTIFICATION_TYPES = Object.keys(KINDS) as readonly NotificationType[];

export const isKnownType = (type: string): type is NotificationType => Object.hasOwn(KINDS, type);

export const kindOf = (type: NotificationType): Kind => KINDS[type];

/** The time that the notification states, in epoch milliseconds; `undefined` if Fractal sends none. */
export const statedTime = ({ type, data }: Notification): number | undefined => {
  const { time } = kindOf(type);
  return time === undefined ? undefined : Number(data[time]);
};

/** The state of a level that Fractal has stated without a time, when asked. An earlier time is removed. */
const healedLevel = ({ type, data }: Notification, { asOf, statusRank }: Decision): State => {
  const subject = { user_id: String(data.user_id), level: String(data.level) };
  const attributes = { ...subject, status: type.replace('verification_', ''), status_rank: statusRank };
  return { key: LEVEL.keyOf(subject), asOf, tieBreaks: LEVEL.tieBreaks, attributes, without: ['timestamp'] };
};

/** The state for a notification. The time of receipt is used if Fractal sends no time. */
export const stateOf = (notification: Notification, receipt: Receipt): State =>
  receipt.decision && notification.type !== KRAKEN
    ? healedLevel(notification, receipt.decision)
    : kindOf(notification.type).stateOf(notification.data, statedTime(notification) ?? receipt.receivedAt, receipt);

/** In a secret with tokens per type: the entry for every type without its own entry. */
export const ALL_OTHER_TYPES = '*';
