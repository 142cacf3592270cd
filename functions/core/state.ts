import type { Facet, Key } from './facets.ts';

export type StoredValue = string | number;

/**
 * The item that a notification asks for: its key, its other attributes, and what decides between two states of the same key.
 * `asOf` is epoch milliseconds; `tieBreak` names the attribute that decides if `asOf` is equal.
 */
export interface State {
  readonly key: Key;
  readonly asOf: number;
  readonly tieBreak: Facet['tieBreak'];
  readonly attributes: Readonly<Record<string, StoredValue>>;
}

/**
 * The outcome of applying a notification. `duplicate`: the table already had this state, from an earlier delivery or a write
 * whose response was lost. `stale`: the table had a newer state.
 */
export type Outcome = 'applied' | 'duplicate' | 'stale';

/** Equal for two states of the same item. Keys contain no line breaks, so different keys never give the same text. */
export const identityOf = ({ key }: Pick<State, 'key'>): string => `${key.pk}\n${key.sk}`;

/** Compares two states of one item: positive if `a` is newer. Must match the condition of the DynamoDB write. */
export const compareStates = (a: State, b: State): number => a.asOf - b.asOf || compareValues(tieBreakOf(a), tieBreakOf(b));

export const tieBreakOf = ({ tieBreak, attributes }: State): StoredValue => attributes[tieBreak] as StoredValue;

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
 * without the tie-break attribute, is never newer.
 */
export const predictOutcome = (state: State, item: StoredItem | undefined): Outcome | Contradiction => {
  const asOf = item?.as_of;
  if (asOf === undefined) return 'applied';
  if (typeof asOf !== 'number') return { contradiction: 'the as_of of the item is not a number' };
  if (state.asOf !== asOf) return state.asOf > asOf ? 'applied' : 'stale';
  const wanted = tieBreakOf(state);
  const tieBreak = item?.[state.tieBreak];
  if (tieBreak === undefined) return 'applied';
  if (typeof tieBreak !== typeof wanted) {
    return { contradiction: `the ${state.tieBreak} of the item is not ${typeof wanted === 'number' ? 'a number' : 'text'}` };
  }
  const order = compareValues(wanted, tieBreak as StoredValue);
  return order > 0 ? 'applied' : order === 0 ? 'duplicate' : 'stale';
};
