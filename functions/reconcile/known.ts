import type { Known, KnownResult } from '../core/comparison.ts';
import { about, isKeyOf, KRAKEN_LEVEL, LEVEL, STATUSES } from '../core/facets.ts';
import { isContested, type StoredItem } from '../core/state.ts';
import { isTestUser } from '../core/test-user.ts';

/** What a comparison reads of an item. No personal data is among it. */
export const COMPARED_ATTRIBUTES = [
  'pk',
  'sk',
  'user_id',
  'level',
  'status',
  'as_of',
  'status_rank',
  'approval_received_at',
  'rejection_received_at',
  'decided_at',
] as const;

/** The scan that reads what is compared. */
export const comparedIn = (TableName: string) => ({
  TableName,
  // Named explicitly, for policies that allow only this.
  Select: 'SPECIFIC_ATTRIBUTES' as const,
  FilterExpression: 'begins_with(#sk, :levels)',
  ProjectionExpression: COMPARED_ATTRIBUTES.map((name) => `#${name}`).join(', '),
  ExpressionAttributeNames: Object.fromEntries(COMPARED_ATTRIBUTES.map((name) => [`#${name}`, name])),
  ExpressionAttributeValues: { ':levels': { S: LEVEL.sort } },
  ConsistentRead: true,
});

/** The levels of the table, by the product that tells them. Those of test users are left out, and items that somebody has edited. */
export interface KnownLevels {
  readonly classic: Known[];
  readonly kraken: Map<string, KnownResult>;
}

/** Adds what these items say. */
export const addKnown = ({ classic, kraken }: KnownLevels, items: readonly StoredItem[]): void => {
  for (const item of about(LEVEL, items)) {
    const known = knownIn(item);
    if (known && isResult(item)) kraken.set(known.user_id, known);
    else if (known) classic.push(known);
  }
};

/** What an item says, if it is a level. */
export const knownIn = (item: StoredItem): KnownResult | undefined => {
  const { pk, user_id, level, status, as_of, status_rank } = item;
  if (isTestUser(String(pk)) || typeof as_of !== 'number' || typeof status_rank !== 'number') return undefined;
  const known = STATUSES.find((one) => one === status);
  return (
    known && {
      user_id: String(user_id),
      level: String(level),
      status: known,
      as_of,
      status_rank,
      contested: isResult(item) && isContested(item),
    }
  );
};

const isResult = ({ pk, sk }: StoredItem): boolean => isKeyOf(KRAKEN_LEVEL, { pk: String(pk), sk: String(sk) });
