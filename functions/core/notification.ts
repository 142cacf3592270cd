import * as v from 'valibot';
import { CREDENTIAL, EMAIL, type Key, LEVEL, STATUS_RANK, type Status } from './facets.ts';
import { formatInstant, InstantSchema } from './instant.ts';
import type { State, StoredValue } from './state.ts';

// A DynamoDB sort key takes up to 1,024 bytes, and only text; Fractal's identifiers are UUIDs and short words.
// Any other identifier could not be stored, looked up or displayed, so it is not understood.
const Identifier = v.pipe(
  v.string('wrong_field'),
  v.nonEmpty('wrong_field'),
  v.maxBytes(512, 'wrong_field'),
  v.regex(/^[^\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]*$/u, 'wrong_field'),
);

/** A notification that is understood. Times in `data` are epoch milliseconds. */
export interface Notification {
  readonly type: NotificationType;
  readonly data: Readonly<Record<string, StoredValue>>;
}

/** A type of notification. */
interface Kind {
  /** The fields of `data`. */
  readonly fields: readonly string[];
  /** The field with the time when it became true; none if Fractal sends no time. */
  readonly time: string | undefined;
  readonly data: v.GenericSchema<unknown, Notification['data']>;
  stateOf(data: Notification['data'], asOf: number): State;
}

const kind = <Entries extends v.ObjectEntries, Subject, Attributes extends Subject & State['attributes']>(definition: {
  readonly data: Entries;
  readonly time?: keyof Entries & string;
  readonly facet: { keyOf(subject: Subject): Key; readonly tieBreak: keyof Attributes & State['tieBreak'] };
  attributes(data: v.InferOutput<v.ObjectSchema<Entries, undefined>>): Attributes;
}): Kind => {
  const { data, time, facet } = definition;
  return {
    fields: Object.keys(data),
    time,
    data: v.object(data, 'wrong_field') as unknown as Kind['data'],
    stateOf: (values, asOf) => {
      const attributes = definition.attributes(values as v.InferOutput<v.ObjectSchema<Entries, undefined>>);
      return { key: facet.keyOf(attributes), asOf, tieBreak: facet.tieBreak, attributes };
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

/**
 * The five notifications that Fractal documents. An unknown level is data, since Fractal's list of levels grows; undocumented
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

/** The state for a notification. `receivedAt` (epoch milliseconds) is used if Fractal sends no time. */
export const stateOf = (notification: Notification, receivedAt: number): State =>
  kindOf(notification.type).stateOf(notification.data, statedTime(notification) ?? receivedAt);

/** In a secret with tokens per type: the entry for every type without its own entry. */
export const ALL_OTHER_TYPES = '*';
