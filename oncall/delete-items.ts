import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Key } from '../functions/core/facets.ts';
import type { StoredItem } from '../functions/core/state.ts';
import type { Target } from './target.ts';

/** Deletes items of the table one by one, by their `pk` and `sk`. */
export const deleteItems = async ({ client, tableName }: Target, items: readonly (StoredItem | Key)[]): Promise<void> => {
  const dynamodb = new DynamoDBClient(client);
  for (const { pk, sk } of items) {
    await dynamodb.send(new DeleteItemCommand({ TableName: tableName, Key: { pk: { S: `${pk}` }, sk: { S: `${sk}` } } }));
  }
};
