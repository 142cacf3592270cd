import { createHash } from 'node:crypto';
import { type ChangeEvent, eventOf, SNAPSHOT_SOURCE } from '../../functions/core/event.ts';
import type { Contradiction, StoredItem } from '../../functions/core/state.ts';
import { isTestUser } from '../../functions/core/test-user.ts';

/**
 * The event that tells the current state of an item, for a consumer that does not have it. The same state has the same id.
 *
 * @param rule for whom it is: a rule can ask for it by this name
 * @returns `undefined` for items of a team's own and of test users
 */
export const snapshotOf = (item: StoredItem, rule?: string): ChangeEvent | Contradiction | undefined => {
  const key = { pk: String(item.pk), sk: String(item.sk) };
  if (isTestUser(key.pk)) return undefined;
  const state = [key.pk, key.sk, item.as_of, item.status_rank ?? null, item.receipt ?? null];
  const id = createHash('sha256').update(JSON.stringify(state)).digest('hex').slice(0, 32);
  const event = eventOf({ id, key, before: undefined, after: item });
  if (!event || 'contradiction' in event) return event;
  const detail = { ...event.detail, snapshot: true, ...(rule !== undefined && { rule }) };
  return { ...event, source: SNAPSHOT_SOURCE, detail } as ChangeEvent;
};
