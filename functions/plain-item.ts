import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { StoredItem } from './core/state.ts';

/** The strings and numbers of an item as plain values; `null` for attributes of other types, which a team may have added. */
export const plainItem = (item: Readonly<Record<string, AttributeValue>>): StoredItem =>
  Object.fromEntries(Object.entries(item).map(([name, { S, N }]) => [name, S ?? (N === undefined ? null : Number(N))]));
