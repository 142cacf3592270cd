import type { Decision } from '../../functions/core/receipt.ts';
import type { StoredItem } from '../../functions/core/state.ts';

/** What a person can decide. */
export const DECIDABLE = ['approved', 'rejected'] as const;

/**
 * The decision as the immediate successor of an item: it has the item's own `as_of`, so that whatever Kraken states later is newer,
 * and a rank halfway to the next whole number.
 *
 * @returns `undefined` if the item contradicts the rule of the table
 */
export const decisionOn = ({ as_of: asOf, status_rank: rank }: StoredItem, by: string, why: string): Decision | undefined =>
  typeof asOf === 'number' && typeof rank === 'number'
    ? { asOf, statusRank: (rank + Math.floor(rank) + 1) / 2, by, why }
    : undefined;
