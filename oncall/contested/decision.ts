import { successorOf } from '../../functions/core/comparison.ts';
import type { Decision } from '../../functions/core/receipt.ts';
import type { StoredItem } from '../../functions/core/state.ts';

/** What a person can decide. */
export const DECIDABLE = ['approved', 'rejected'] as const;

/**
 * The decision as the immediate successor of an item, so that whatever Kraken states later is newer.
 *
 * @returns `undefined` if the item contradicts the rule of the table
 */
export const decisionOn = ({ as_of, status_rank }: StoredItem, by: string, why: string): Decision | undefined =>
  typeof as_of === 'number' && typeof status_rank === 'number' ? { ...successorOf({ as_of, status_rank }), by, why } : undefined;
