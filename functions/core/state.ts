import type { Facet, Key } from './facets.ts';

export type StoredValue = string | number;

/**
 * The item that a notification asks for: its key, its other attributes, and what decides between two states of the same key.
 * `asOf` is epoch milliseconds; `tieBreaks` names the attributes that decide if `asOf` is equal, the first one first.
 */
export interface State {
  readonly key: Key;
  readonly asOf: number;
  readonly tieBreaks: readonly Facet['tieBreaks'][number][];
  readonly attributes: Readonly<Record<string, StoredValue>>;
  /** The attributes that the item must not have afterwards. */
  readonly without: readonly string[];
  /** What the item must record even if it is newer. */
  readonly mark?: Mark | undefined;
  /** It is understood, but asks for no change: `asOf` and `attributes` mean nothing. */
  readonly asksNothing?: boolean;
}

/** A time of receipt, in epoch milliseconds. The item has that of the latest or the first delivery of its kind, whatever their order. */
export interface Mark {
  readonly attribute: 'approval_received_at' | 'rejection_received_at' | 'decided_at';
  readonly keeps: 'latest' | 'first';
  readonly at: number;
}

/**
 * The outcome of applying a notification. `duplicate`: the table already had this state, from an earlier delivery or a write
 * whose response was lost. `stale`: the table had a newer state. `contested`: it was not applied, and the item's results contradict
 * each other. `unchanged`: it asks for no change.
 */
export const OUTCOMES = ['applied', 'duplicate', 'stale', 'contested', 'unchanged'] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** Equal for two states of the same item. Keys contain no line breaks, so different keys never give the same text. */
export const identityOf = ({ key }: Pick<State, 'key'>): string => `${key.pk}\n${key.sk}`;

/** Compares two states of one item: positive if `a` is newer. Must match the condition of the DynamoDB write. */
export const compareStates = (a: State, b: State): number => {
  if (a.asksNothing || b.asksNothing) return Number(b.asksNothing ?? false) - Number(a.asksNothing ?? false);
  if (a.asOf !== b.asOf) return a.asOf - b.asOf;
  const differing = a.tieBreaks.map((name) => compareValues(tieBreakOf(a, name), tieBreakOf(b, name)));
  return differing.find((order) => order !== 0) ?? 0;
};

export const tieBreakOf = ({ attributes }: State, name: State['tieBreaks'][number]): StoredValue =>
  attributes[name] as StoredValue;

// DynamoDB orders strings by UTF-8 bytes, JavaScript by UTF-16 code units: these differ above U+FFFF.
const compareValues = (a: StoredValue, b: StoredValue): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));

/** The plain values of an item, including attributes added by a team; `null` for values that are not text or numbers. */
export type StoredItem = Readonly<Record<string, StoredValue | null>>;

/** Why a state can't be compared with an item: its attributes contradict the rule of the table. */
export interface Contradiction {
  readonly contradiction: string;
}

/**
 * The rule of the table, to predict the outcome of writing a state over this item, or over none. An item without `as_of`, or
 * without a tie-break attribute, is never newer.
 */
export const predictOutcome = (state: State, item: StoredItem | undefined): Outcome | Contradiction => {
  if (state.asksNothing) return 'unchanged';
  const outcome = outcomeByOrder(state, item);
  if (typeof outcome === 'object' || outcome === 'applied' || !state.mark) return outcome;
  return isContested(itemAfter(state, item)) ? 'contested' : outcome;
};

/** The outcome by the order of the two alone. */
export const outcomeByOrder = (state: State, item: StoredItem | undefined): 'applied' | 'duplicate' | 'stale' | Contradiction => {
  const asOf = item?.as_of;
  if (asOf === undefined) return 'applied';
  if (typeof asOf !== 'number') return { contradiction: 'the as_of of the item is not a number' };
  if (state.asOf !== asOf) return state.asOf > asOf ? 'applied' : 'stale';
  for (const name of state.tieBreaks) {
    const wanted = tieBreakOf(state, name);
    const tieBreak = item?.[name];
    if (tieBreak === undefined) return 'applied';
    if (typeof tieBreak !== typeof wanted) {
      return { contradiction: `the ${name} of the item is not ${typeof wanted === 'number' ? 'a number' : 'text'}` };
    }
    const order = compareValues(wanted, tieBreak as StoredValue);
    if (order !== 0) return order > 0 ? 'applied' : 'stale';
  }
  return 'duplicate';
};

/** What applying the state makes of the item, or of none. */
export const itemAfter = (state: State, item: StoredItem | undefined): StoredItem => {
  const applies = outcomeByOrder(state, item) === 'applied';
  const without = applies ? state.without : [];
  const kept = Object.entries(item ?? {}).filter(([name]) => !without.includes(name));
  const now: StoredItem = { ...Object.fromEntries(kept), ...(applies && { ...state.attributes, as_of: state.asOf }) };
  const { mark } = state;
  return mark && isMarkMissing(mark, now) ? { ...now, [mark.attribute]: mark.at } : now;
};

/** Whether an item lacks this time, or has another than the latest or the first one. */
export const isMarkMissing = ({ attribute, keeps, at }: Mark, { [attribute]: known }: StoredItem): boolean =>
  typeof known !== 'number' || (keeps === 'latest' ? at > known : at < known);

/**
 * Whether a rejection stands although an approval was received after one. Kraken's results have no time, so the approval can be an
 * old one that was sent again. What a person has decided settles the approvals before it.
 */
export const isContested = (item: StoredItem): boolean => {
  const { status, approval_received_at: approval, rejection_received_at: rejection, decided_at: decided } = item;
  return status === 'rejected' && numberIn(approval) > Math.max(numberIn(rejection), numberIn(decided));
};

const numberIn = (value: StoredItem[string] | undefined): number =>
  typeof value === 'number' ? value : Number.NEGATIVE_INFINITY;
