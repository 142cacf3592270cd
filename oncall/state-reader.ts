import { type AttributeValue, DynamoDBClient, GetItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import type { State } from '../functions/core/state.ts';
import type { Target } from './target.ts';

/** An item's attributes, as plain values. */
export type Item = Readonly<Record<string, string | number>>;

/** Reads what the table holds. */
export const createStateReader = ({ client, tableName }: Target) => {
  const dynamodb = new DynamoDBClient(client);
  return {
    /** Everything about one user, in the order of the sort key. */
    async ofUser(userId: string): Promise<Item[]> {
      const items: Item[] = [];
      const query = {
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: `USER#${userId}` } },
        ConsistentRead: true,
      };
      for await (const { Items = [] } of paginateQuery({ client: dynamodb }, query)) items.push(...Items.map(plain));
      return items;
    },

    async one({ pk, sk }: State['key']): Promise<Item | undefined> {
      const Key = { pk: { S: pk }, sk: { S: sk } };
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }));
      return Item && plain(Item);
    },
  };
};

// What came from outside must not move the cursor, colour the terminal or turn the direction of writing.
const visible = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');

// A team may have added attributes of other kinds; they are left out.
const plain = (item: Record<string, AttributeValue>): Item => {
  const values: Record<string, string | number> = {};
  for (const [name, { S, N }] of Object.entries(item)) {
    if (S !== undefined) values[name] = visible(S);
    if (N !== undefined) values[name] = Number(N);
  }
  return values;
};
