import * as v from 'valibot';
import { AsOf, CREDENTIAL, EMAIL, type FacetParts, isKeyOf, itemOf, type Key, KRAKEN_LEVEL, LEVEL } from './facets.ts';
import type { KRAKEN } from './kraken.ts';
import type { NotificationType } from './notification.ts';
import type { Contradiction, StoredItem } from './state.ts';
import { isTestUser } from './test-user.ts';

/** The `source` of all events, which a team's rules match. */
export const EVENT_SOURCE = 'fractal-webhooks';

/** The `source` of events about test users of the release check and `doctor`, so that no team's rule matches them. */
export const CHECK_SOURCE = 'fractal-webhooks.check';

/** The `source` of events that tell the current state of an item, whenever somebody asks for it. */
export const SNAPSHOT_SOURCE = 'fractal-webhooks.snapshot';

/** What a snapshot has in addition. */
const SNAPSHOT = {
  /** It is no change, but the current state. */
  snapshot: v.exactOptional(v.literal(true)),
  /** The rule for which it is. */
  rule: v.exactOptional(v.string()),
};

const detailOf = <Subject extends v.ObjectEntries, State extends v.ObjectEntries, Now extends v.ObjectEntries = State>(
  subject: Subject,
  state: State,
  now: Now = state as unknown as Now,
) =>
  v.object({
    version: v.literal(1),
    /** The same if this change is published again. */
    id: v.string(),
    ...subject,
    ...now,
    ...AsOf,
    /** The state before the change; `null` if there was none. */
    previous: v.nullable(v.object({ ...state, ...AsOf })),
    ...SNAPSHOT,
  });

const forgottenOf = <Subject extends v.ObjectEntries, State extends v.ObjectEntries>(subject: Subject, state: State) =>
  v.object({ version: v.literal(1), id: v.string(), ...subject, previous: v.object({ ...state, ...AsOf }) });

const verificationOf = <Status extends string>(status: Status) =>
  detailOf(LEVEL.subject, LEVEL.state, { ...LEVEL.state, status: v.literal(status) });

/** The schema of `detail`, by detail type. Never contains an e-mail address; read it from the table. */
export const EVENT_DETAILS = {
  verification_approved: verificationOf('approved'),
  verification_contacted: verificationOf('contacted'),
  verification_rejected: verificationOf('rejected'),
  credential_shared: detailOf(CREDENTIAL.subject, CREDENTIAL.state),
  email_changed: detailOf(EMAIL.subject, EMAIL.state),
  forgotten: v.union([
    forgottenOf(LEVEL.subject, LEVEL.state),
    forgottenOf(CREDENTIAL.subject, CREDENTIAL.state),
    forgottenOf(EMAIL.subject, EMAIL.state),
  ]),
} as const satisfies Record<Exclude<NotificationType, typeof KRAKEN> | 'forgotten', v.GenericSchema>;

export type DetailType = keyof typeof EVENT_DETAILS;

/** One change of one item, as sent to EventBridge. */
export type ChangeEvent = {
  [Type in DetailType]: {
    readonly source: typeof EVENT_SOURCE | typeof CHECK_SOURCE | typeof SNAPSHOT_SOURCE;
    readonly detailType: Type;
    readonly detail: v.InferOutput<(typeof EVENT_DETAILS)[Type]>;
  };
}[DetailType];

/** A change to an item, from the table's stream. `id` stays the same if the stream delivers the change again. */
export interface Change {
  readonly id: string;
  readonly key: Key;
  readonly before: StoredItem | undefined;
  readonly after: StoredItem | undefined;
}

/**
 * The event for a change; `undefined` if only a team's own attributes or items changed.
 */
export const eventOf = ({ id, key, before, after }: Change): ChangeEvent | Contradiction | undefined => {
  const known = READERS.find(({ facet }) => isKeyOf(facet, key));
  if (!known) return undefined;
  const now = known.read(after);
  if (now && 'contradiction' in now) return now;
  const earlier = known.read(before);
  const previous = earlier && 'state' in earlier ? earlier : undefined;
  if (now?.compared === previous?.compared) return undefined;

  const source = isTestUser(key.pk) ? CHECK_SOURCE : EVENT_SOURCE;
  const { subject } = (now ?? previous) as ReadItem;
  const detail = { version: 1, id, ...subject, ...now?.state, previous: previous?.state ?? null };
  const event = { source, detailType: now?.detailType ?? 'forgotten', detail } as ChangeEvent;
  const bytes = entryBytes(event);
  return bytes <= ENTRY_BYTES_AT_MOST
    ? event
    : { contradiction: `its event has ${bytes} bytes, and EventBridge takes ${ENTRY_BYTES_AT_MOST}` };
};

/** The maximum size of a call of PutEvents, in bytes. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
export const ENTRY_BYTES_AT_MOST = 262_144;

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents-size.html */
export const entryBytes = ({ source, detailType, detail }: ChangeEvent): number =>
  Buffer.byteLength(source) + Buffer.byteLength(detailType) + Buffer.byteLength(JSON.stringify(detail));

/** The parsed item: its subject, the state that an event may contain, and the values whose change is an event. */
interface ReadItem {
  readonly subject: object;
  readonly state: object;
  readonly detailType: DetailType;
  readonly compared: string;
}

/** Reads the items of a facet. */
const reader = (facet: FacetParts, detailType: (item: StoredItem) => DetailType) => {
  const [Subject, State, Whole] = [v.object(facet.subject), v.object({ ...facet.state, ...AsOf }), itemOf(facet)];
  return {
    facet,
    read: (item: StoredItem | undefined): ReadItem | Contradiction | undefined => {
      // An item without as_of is a team's own, or was changed to be one.
      if (item?.as_of === undefined) return undefined;
      const whole = v.safeParse(Whole, item);
      if (!whole.success)
        return { contradiction: `the ${v.getDotPath(whole.issues[0]) ?? 'whole'} of the item has an unexpected value` };
      return {
        subject: v.parse(Subject, item),
        state: v.parse(State, item),
        detailType: detailType(item),
        compared: JSON.stringify(whole.output, (name, value) => (facet.noEvent.includes(name) ? undefined : value)),
      };
    },
  };
};

const ofStatus = ({ status }: StoredItem) => `verification_${status}` as DetailType;

const READERS = [
  reader(KRAKEN_LEVEL, ofStatus),
  reader(LEVEL, ofStatus),
  reader(EMAIL, () => 'email_changed'),
  reader(CREDENTIAL, () => 'credential_shared'),
];
