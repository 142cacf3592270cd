import { ConditionalCheckFailedException, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Key } from '../../functions/core/facets.ts';
import { HOLD_ATTRIBUTES, HOLD_SORT, HOLDS, holdKeyOf, isHold } from '../../functions/core/hold.ts';
import type { StoredItem, StoredValue } from '../../functions/core/state.ts';
import { attributeOf, itemOf } from '../../functions/plain-item.ts';
import { scan } from '../scan.ts';
import { dynamodbOf, stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';

type Values = Readonly<Record<string, StoredValue>>;

export interface HoldChange {
  readonly set: Values;
  readonly remove?: readonly string[];
  /** The condition, with the attributes and values that it needs. */
  readonly only: { readonly if: string; readonly attributes: readonly string[]; readonly values?: Values };
}

/** Changes the item of a hold, and no other attributes of it. @returns whether the condition was met */
export const changeHold = async (
  { client, tableName }: Pick<Target, 'client' | 'tableName'>,
  { pk, sk }: Key,
  { set, remove = [], only }: HoldChange,
): Promise<boolean> => {
  const names = [...Object.keys(set), ...remove, ...only.attributes];
  const assignments = Object.keys(set).map((name) => `#${name} = :${name}`);
  const values = Object.entries({ ...set, ...only.values });
  try {
    await dynamodbOf({ client }).send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { pk: { S: pk }, sk: { S: sk } },
        UpdateExpression: [
          ...(assignments.length > 0 ? [`SET ${assignments.join(', ')}`] : []),
          ...(remove.length > 0 ? [`REMOVE ${remove.map((name) => `#${name}`).join(', ')}`] : []),
        ].join(' '),
        ConditionExpression: only.if,
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ...(values.length > 0 && {
          ExpressionAttributeValues: Object.fromEntries(values.map(([name, value]) => [`:${name}`, attributeOf(value)])),
        }),
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};

/** The items of all holds, and of erasures that they refused or that did not finish. */
export const allHolds = async (target: Target): Promise<StoredItem[]> => {
  const found: StoredItem[] = [];
  const input = {
    TableName: target.tableName,
    FilterExpression: 'sk = :hold',
    ExpressionAttributeValues: { ':hold': { S: HOLD_SORT } },
    ConsistentRead: true,
  };
  await scan(target, input, ({ items }) => void found.push(...items.filter(isHold)));
  return found
    .filter((item) => HOLD_ATTRIBUTES.some((name) => name in item))
    .sort((a, b) => (String(a.pk) < String(b.pk) ? -1 : 1));
};

/** Notes a hold as it is now in the history, from which a lost hold is restored. */
export const noteHold = async (target: Target, userId: string): Promise<void> => {
  if (target.historyTableName === undefined) return;
  const hold = (await stateReaderOf(target).one(holdKeyOf(userId))) ?? {};
  const values = NOTED.flatMap((name): [string, StoredValue][] => {
    const value = hold[name];
    return value === undefined || value === null ? [] : [[name, value]];
  });
  const note = { pk: HOLDS, sk: `${userId}#${new Date().toISOString()}`, user_id: userId, ...Object.fromEntries(values) };
  await dynamodbOf(target).send(new PutItemCommand({ TableName: target.historyTableName, Item: itemOf(note) }));
};

const NOTED = HOLD_ATTRIBUTES.filter((name) => /^(hold_|held_)/.test(name));

/** The latest note of each hold, for which the table must have an item. */
export const notedHolds = async (target: Target, history: string): Promise<StoredItem[]> => {
  const latest = new Map<string, StoredItem>();
  // In the order of their times for each user.
  for (const note of await stateReaderOf(target, history).under(HOLDS)) latest.set(String(note.user_id), note);
  return [...latest.values()];
};
