import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { StoredItem, StoredValue } from './core/state.ts';

/** The strings and numbers of an item as plain values; `null` for attributes of other types, which a team may have added. */
export const plainItem = (item: Readonly<Record<string, AttributeValue>>): StoredItem =>
  Object.fromEntries(Object.entries(item).map(([name, { S, N }]) => [name, S ?? (N === undefined ? null : Number(N))]));

/** Plain values as the attributes of an item. */
export const itemOf = (values: Readonly<Record<string, StoredValue>>): Record<string, AttributeValue> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, attributeOf(value)]));

export const attributeOf = (value: StoredValue): AttributeValue =>
  typeof value === 'number' ? { N: String(value) } : { S: value };
