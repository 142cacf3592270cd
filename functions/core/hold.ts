import { type Key, userPartition } from './facets.ts';
import type { StoredItem } from './state.ts';

export const HOLD_SORT = 'HOLD';

/** The attributes of the item of a hold. All times are epoch milliseconds. */
export const HOLD_ATTRIBUTES = [
  'hold_until',
  'hold_reason',
  /** The person's idos_human_id, whose credentials are held too. */
  'hold_human',
  'held_by',
  'held_at',
  /** Since when an erasure runs, and the person's idos_human_id. Meanwhile, no hold can be placed. */
  'erasing',
  'erasure_human',
  /** When and by whom an erasure was requested that a hold refused. */
  'erasure_refused_at',
  'erasure_refused_by',
] as const;

export const holdKeyOf = (userId: string): Key => ({ pk: userPartition(userId), sk: HOLD_SORT });

export const isHold = ({ sk }: StoredItem): boolean => sk === HOLD_SORT;

/** Until when a person's data must not be erased, in epoch milliseconds; `undefined` if no hold stands. */
export const standsUntil = ({ hold_until: until }: StoredItem, now: number): number | undefined =>
  typeof until === 'number' && until > now ? until : undefined;

/** The partition of the history that notes each change of a hold: the sort key is the user's id and the time. */
export const HOLDS = 'HOLDS';
