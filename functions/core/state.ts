import { formatInstant } from './instant.ts';
import { type Notification, type Status, statusOf } from './notification.ts';

export type StoredValue = string | number;

/**
 * The item that a notification wants to be true: its key, its other attributes, and what decides between two
 * states of one key. `asOf` is epoch milliseconds; `tieBreak` names the attribute that decides within the same millisecond.
 */
export interface State {
  readonly key: { readonly pk: string; readonly sk: string };
  readonly asOf: number;
  readonly tieBreak: 'status_rank' | 'email' | 'credential_id';
  readonly attributes: Readonly<Record<string, StoredValue>>;
}

/**
 * What became of a notification. `duplicate`: the table held exactly this already, be it from an earlier delivery or from a write
 * whose answer was lost. `stale`: it knew something newer.
 */
export type Outcome = 'applied' | 'duplicate' | 'stale';

// Fractal's times are whole seconds, so two statuses of one second do occur. The one that lets the fewest people through wins.
const RANK: Record<Status, number> = { approved: 1, contacted: 2, rejected: 3 };

/**
 * The state that a notification states. It depends on what is said and not on how it was written, so that two ways to write
 * one moment end in one item. `receivedAt` (epoch milliseconds) stands in where Fractal sends no time.
 */
export const stateOf = (notification: Notification, receivedAt: number): State => {
  switch (notification.type) {
    case 'email_changed': {
      const { user_id, email } = notification.data;
      return {
        key: { pk: `USER#${user_id}`, sk: 'EMAIL' },
        asOf: receivedAt,
        tieBreak: 'email',
        attributes: { user_id, email },
      };
    }
    case 'credential_shared': {
      const { idos_human_id, credential_id, shared_at } = notification.data;
      return {
        key: { pk: `HUMAN#${idos_human_id}`, sk: `CREDENTIAL#${credential_id}` },
        asOf: shared_at,
        tieBreak: 'credential_id',
        attributes: { idos_human_id, credential_id, shared_at: formatInstant(shared_at) },
      };
    }
    default: {
      const { user_id, level, timestamp } = notification.data;
      const status = statusOf(notification);
      return {
        key: { pk: `USER#${user_id}`, sk: `LEVEL#${level}` },
        asOf: timestamp,
        tieBreak: 'status_rank',
        attributes: { user_id, level, status, status_rank: RANK[status], timestamp: formatInstant(timestamp) },
      };
    }
  }
};

/** Two states with equal text here concern the same item. A key has no line break, so no two keys read the same. */
export const identityOf = ({ key }: Pick<State, 'key'>): string => `${key.pk}\n${key.sk}`;

/** The order of two states of one item: positive if `a` is the newer. The table's condition says the same to DynamoDB. */
export const compareStates = (a: State, b: State): number => a.asOf - b.asOf || compareValues(tieBreakOf(a), tieBreakOf(b));

export const tieBreakOf = ({ tieBreak, attributes }: State): StoredValue => attributes[tieBreak] as StoredValue;

// DynamoDB orders strings by their UTF-8 bytes, JavaScript by UTF-16 units: they differ beyond U+FFFF.
const compareValues = (a: StoredValue, b: StoredValue): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));

/** The plain values of an item of the table, in which a team may have put anything; `null` for what is neither text nor a number. */
export type StoredItem = Readonly<Record<string, StoredValue | null>>;

/** Why a state can't be compared with an item: its attributes contradict the rule of the table. */
export interface Contradiction {
  readonly contradiction: string;
}

/**
 * What becomes of a state where the table has this item, or none: the rule of the table, said once more for those who ask
 * beforehand. An item that has no time, or no tie-break, knows nothing newer.
 */
export const outcomeBeside = (state: State, item: StoredItem | undefined): Outcome | Contradiction => {
  const asOf = item?.as_of;
  if (asOf === undefined) return 'applied';
  if (typeof asOf !== 'number') return { contradiction: 'the as_of of the item is no number' };
  if (state.asOf !== asOf) return state.asOf > asOf ? 'applied' : 'stale';
  const wanted = tieBreakOf(state);
  const tieBreak = item?.[state.tieBreak];
  if (tieBreak === undefined) return 'applied';
  if (typeof tieBreak !== typeof wanted) {
    return { contradiction: `the ${state.tieBreak} of the item is no ${typeof wanted === 'number' ? 'number' : 'text'}` };
  }
  const order = compareValues(wanted, tieBreak as StoredValue);
  return order > 0 ? 'applied' : order === 0 ? 'duplicate' : 'stale';
};
