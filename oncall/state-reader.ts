import { DynamoDBClient, GetItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { type PlainItem, plainItem } from '../functions/apply/plain-item.ts';
import type { State } from '../functions/core/state.ts';
import type { Target } from './target.ts';

/** Reads what the table holds. */
export const createStateReader = ({ client, tableName }: Target) => {
  const dynamodb = new DynamoDBClient(client);
  return {
    /** Everything about one user, in the order of the sort key. */
    async ofUser(userId: string): Promise<PlainItem[]> {
      const items: PlainItem[] = [];
      const query = {
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: `USER#${userId}` } },
        ConsistentRead: true,
      };
      for await (const { Items = [] } of paginateQuery({ client: dynamodb }, query)) items.push(...Items.map(plainItem));
      return items;
    },

    async one({ pk, sk }: State['key']): Promise<PlainItem | undefined> {
      const Key = { pk: { S: pk }, sk: { S: sk } };
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }));
      return Item && plainItem(Item);
    },
  };
};
