import { type Key, userPartition } from './facets.ts';
import type { StoredItem } from './state.ts';

const SORT = 'HOLD';

/** The attributes of the item of a hold. All times are epoch milliseconds. */
export const HOLD_ATTRIBUTES = [
  'hold_until',
  'hold_reason',
  'held_by',
  'held_at',
  /** Since when an erasure runs, during which no hold can be placed. */
  'erasing',
  /** When and by whom an erasure was requested that a hold refused, and the person's idos_human_id. */
  'erasure_refused_at',
  'erasure_refused_by',
  'erasure_human',
] as const;

export const holdKeyOf = (userId: string): Key => ({ pk: userPartition(userId), sk: SORT });

export const isHold = ({ sk }: StoredItem): boolean => sk === SORT;

/** Until when a person's data must not be erased, in epoch milliseconds; `undefined` if no hold stands. */
export const standsUntil = ({ hold_until: until }: StoredItem, now: number): number | undefined =>
  typeof until === 'number' && until > now ? until : undefined;
