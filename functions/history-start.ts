import { ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { HISTORY_START } from './core/record.ts';
import { itemOf } from './plain-item.ts';

type Client = Pick<DynamoDBClient, 'send'>;

/** Records since when the history is complete, in epoch milliseconds, unless it is recorded already. */
export const startHistory = async (client: Client, TableName: string, since: number): Promise<void> => {
  const Item = itemOf({ ...HISTORY_START, complete_since: since });
  try {
    await client.send(new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' }));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
};

/** Since when the history is complete, in epoch milliseconds; `undefined` if that is not known. */
export const historyStart = async (client: Client, TableName: string): Promise<number | undefined> => {
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: itemOf({ ...HISTORY_START }) }));
  const since = Number(Item?.complete_since?.N);
  return Number.isFinite(since) ? since : undefined;
};
