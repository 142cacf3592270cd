import { DeleteItemCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { startHistoryIfEmpty } from '../history-start.ts';
import type { Dependencies } from './check.ts';

/** Reads and removes the item of the test user, and starts the history. @param history the name of its table, if one is kept */
export const createCheckedTable = (
  client: DynamoDBClient,
  TableName: string,
  history: string | undefined,
): Dependencies['table'] => {
  const keyOf = ({ pk, sk }: { readonly pk: string; readonly sk: string }) => ({ pk: { S: pk }, sk: { S: sk } });
  return {
    asOf: async (key) => {
      const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf(key), ConsistentRead: true }));
      return Item?.as_of?.N === undefined ? undefined : Number(Item.as_of.N);
    },
    startHistory: async () => {
      if (history !== undefined) await startHistoryIfEmpty(client, TableName, history, Date.now());
    },
    remove: async (key) => void (await client.send(new DeleteItemCommand({ TableName, Key: keyOf(key) }))),
  };
};
