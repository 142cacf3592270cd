import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { chunk } from './chunk.ts';
import { identityOf, type State, type StoredItem } from './core/state.ts';
import { plainItem } from './plain-item.ts';

// AWS: BatchGetItem takes up to 100 keys.
const ITEMS_PER_CALL = 100;

/** Reads items of the table. @param ConsistentRead whether reads are strongly consistent */
export const createStateReader = (dynamodb: Pick<DynamoDBClient, 'send'>, tableName: string, ConsistentRead = true) => {
  const readMany = async (keys: readonly State['key'][], ProjectionExpression?: string) => {
    const items = new Map<string, StoredItem>();
    // A call with the same key twice is rejected.
    const distinct = new Map(keys.map((key) => [identityOf({ key }), key]));
    for (const part of chunk([...distinct.values()], ITEMS_PER_CALL)) {
      let wanted = part.map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } }));
      while (wanted.length > 0) {
        const RequestItems = {
          [tableName]: { Keys: wanted, ConsistentRead, ...(ProjectionExpression && { ProjectionExpression }) },
        };
        const { Responses, UnprocessedKeys } = await dynamodb.send(new BatchGetItemCommand({ RequestItems }));
        for (const item of Responses?.[tableName] ?? []) {
          items.set(identityOf({ key: { pk: item.pk?.S ?? '', sk: item.sk?.S ?? '' } }), plainItem(item));
        }
        wanted = (UnprocessedKeys?.[tableName]?.Keys ?? []) as typeof wanted;
      }
    }
    return items;
  };

  return {
    /** All items with this partition key, such as `USER#42`, ordered by sort key. */
    async under(pk: string): Promise<StoredItem[]> {
      const items: StoredItem[] = [];
      const query = {
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
        ConsistentRead,
      };
      // Not with the paginator of the SDK, which accepts only clients of its own copy.
      let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
      do {
        const page: QueryCommandOutput = await dynamodb.send(
          new QueryCommand({ ...query, ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
        );
        items.push(...(page.Items ?? []).map(plainItem));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
      return items;
    },

    async one({ pk, sk }: State['key']): Promise<StoredItem | undefined> {
      const Key = { pk: { S: pk }, sk: { S: sk } };
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead }));
      return Item && plainItem(Item);
    },

    /** Those of these keys for which there is an item, by `identityOf`. */
    existing: async (keys: readonly State['key'][]): Promise<ReadonlySet<string>> =>
      new Set((await readMany(keys, 'pk, sk')).keys()),

    /** The items with these keys, by `identityOf`. Items that do not exist are omitted. */
    many: (keys: readonly State['key'][]): Promise<ReadonlyMap<string, StoredItem>> => readMany(keys),
  };
};
