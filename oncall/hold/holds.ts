import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Key } from '../../functions/core/facets.ts';
import { isHold } from '../../functions/core/hold.ts';
import type { StoredItem, StoredValue } from '../../functions/core/state.ts';
import { attributeOf } from '../../functions/plain-item.ts';
import { scan } from '../scan.ts';
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
    await new DynamoDBClient(client).send(
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
    ExpressionAttributeValues: { ':hold': { S: 'HOLD' } },
    ConsistentRead: true,
  };
  await scan(target, input, ({ items }) => void found.push(...items.filter(isHold)));
  return found.sort((a, b) => (String(a.pk) < String(b.pk) ? -1 : 1));
};
