import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type PlainItem = Readonly<Record<string, string | number>>;

/** The texts and numbers of an item, as plain values. A team may have added attributes of other kinds; they are left out. */
export const plainItem = (item: Readonly<Record<string, AttributeValue>>): PlainItem => {
  const values: Record<string, string | number> = {};
  for (const [name, { S, N }] of Object.entries(item)) {
    if (S !== undefined) values[name] = S;
    if (N !== undefined) values[name] = Number(N);
  }
  return values;
};
