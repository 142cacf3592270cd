import * as v from 'valibot';
import { KRAKEN } from './kraken.ts';

/** The key of an item. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** The attributes of an item's key. */
export const KEY_ATTRIBUTES = ['pk', 'sk'] as const satisfies readonly (keyof Key)[];

export const STATUSES = ['approved', 'contacted', 'rejected'] as const;

export type Status = (typeof STATUSES)[number];

/**
 * Fractal's times are whole seconds, so two statuses can have the same time. The one that lets the fewest people through wins.
 * Items store the number: never change that of an existing status.
 */
export const STATUS_RANK: Readonly<Record<Status, number>> = { approved: 1, contacted: 2, rejected: 3 };

/** Epoch milliseconds: when it became true, by Fractal's time; for an address and a rejection by Kraken, when it was received. */
export const AsOf = { as_of: v.number() };

type Ids<Subject extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<Subject, undefined>>;

interface Definition<Subject extends v.ObjectEntries, State extends v.ObjectEntries, Personal extends v.ObjectEntries> {
  /** The start of the partition key. */
  readonly partition: string;
  /** The sort key, or its start, which ends with `#`. */
  readonly sort: string;
  /** Whom and what it is about. */
  readonly subject: Subject;
  /** What an event says about it. */
  readonly state: State;
  /** What neither an event nor a log may contain. */
  readonly personal: Personal;
  /** The attributes that decide between two states with the same `as_of`, the first one first. */
  readonly tieBreaks: readonly string[];
  /** The attributes whose change alone is no event, such as an `as_of` that is not Fractal's time but that of the receipt. */
  readonly noEvent: readonly string[];
  keyOf(subject: Ids<Subject>): Key;
}

const define = <
  Subject extends v.ObjectEntries,
  State extends v.ObjectEntries,
  Personal extends v.ObjectEntries,
  const TieBreak extends string,
>(
  definition: Definition<Subject, State, Personal> & { readonly tieBreaks: readonly TieBreak[] },
) => definition;

const USER = 'USER#';
const HUMAN = 'HUMAN#';

export const userPartition = (userId: string): string => `${USER}${userId}`;

export const humanPartition = (humanId: string): string => `${HUMAN}${humanId}`;

export const LEVEL = define({
  partition: USER,
  sort: 'LEVEL#',
  subject: { user_id: v.string(), level: v.string() },
  state: {
    status: v.picklist(STATUSES),
    /** Not of a state that `reconcile` has healed: Fractal's list has no times. */
    timestamp: v.exactOptional(v.string()),
  },
  personal: {},
  tieBreaks: ['status_rank'],
  noEvent: [],
  keyOf: ({ user_id, level }) => ({ pk: userPartition(user_id), sk: `LEVEL#${level}` }),
});

export const EMAIL = define({
  partition: USER,
  sort: 'EMAIL',
  subject: { user_id: v.string() },
  state: {},
  personal: { email: v.string() },
  tieBreaks: ['email'],
  noEvent: ['as_of'],
  keyOf: ({ user_id }) => ({ pk: userPartition(user_id), sk: 'EMAIL' }),
});

export const CREDENTIAL = define({
  partition: HUMAN,
  sort: 'CREDENTIAL#',
  subject: { idos_human_id: v.string(), credential_id: v.string() },
  state: { shared_at: v.string() },
  personal: {},
  tieBreaks: ['credential_id'],
  noEvent: [],
  keyOf: ({ idos_human_id, credential_id }) => ({ pk: humanPartition(idos_human_id), sk: `CREDENTIAL#${credential_id}` }),
});

/** The result of Kraken, as a level of its own. */
export const KRAKEN_LEVEL = define({
  partition: USER,
  sort: `LEVEL#${KRAKEN}`,
  subject: LEVEL.subject,
  state: LEVEL.state,
  personal: {
    /** The reason of a rejection. */
    note: v.exactOptional(v.string()),
    /** Who has decided between results that contradict each other, and why. */
    decided_by: v.exactOptional(v.string()),
    decided_why: v.exactOptional(v.string()),
  },
  tieBreaks: ['status_rank', 'receipt'],
  noEvent: ['as_of', 'timestamp', 'decided_by', 'decided_why'],
  keyOf: ({ user_id }) => ({ pk: userPartition(user_id), sk: `LEVEL#${KRAKEN}` }),
});

/** What an item can be about. The first that matches a key counts. */
export const FACETS = [KRAKEN_LEVEL, LEVEL, EMAIL, CREDENTIAL] as const;

export type Facet = (typeof FACETS)[number];

/** What all facets have in common. */
export type FacetParts = Pick<Facet, 'partition' | 'sort' | 'noEvent'> &
  Readonly<Record<'subject' | 'state' | 'personal', v.ObjectEntries>>;

/** Whether an item with this key is about this facet. */
export const isKeyOf = ({ sort, partition }: Pick<FacetParts, 'sort' | 'partition'>, { pk, sk }: Key): boolean =>
  pk.startsWith(partition) && (sort.endsWith('#') ? sk.startsWith(sort) : sk === sort);

/** The items that are about this facet. */
export const about = <Item extends Readonly<Record<string, unknown>>>(
  facet: Pick<FacetParts, 'sort' | 'partition'>,
  items: readonly Item[],
): Item[] => items.filter(({ pk, sk }) => isKeyOf(facet, { pk: String(pk), sk: String(sk) }));

/** The schema of an item, without the attributes that a team has added. */
export const itemOf = <Subject extends v.ObjectEntries, State extends v.ObjectEntries, Personal extends v.ObjectEntries>({
  subject,
  state,
  personal,
}: Pick<Definition<Subject, State, Personal>, 'subject' | 'state' | 'personal'>) =>
  v.object({ ...subject, ...state, ...personal, ...AsOf });

/** The attributes of items that neither an event nor a log may contain. */
export const PERSONAL_ATTRIBUTES: ReadonlySet<string> = new Set(FACETS.flatMap(({ personal }) => Object.keys(personal)));

/** Whose an item is, by its partition key: a user's, or an idOS human's. `undefined` for items of a team's own. */
export const ownerOf = (pk: string): { readonly kind: 'user' | 'human'; readonly id: string } | undefined => {
  if (pk.startsWith(USER)) return { kind: 'user', id: pk.slice(USER.length) };
  return pk.startsWith(HUMAN) ? { kind: 'human', id: pk.slice(HUMAN.length) } : undefined;
};
