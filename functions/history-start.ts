import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { KEY_ATTRIBUTES } from './core/facets.ts';
import { HISTORY_START } from './core/record.ts';
import { isTestUser } from './core/test-user.ts';
import { itemOf } from './plain-item.ts';

type Client = Pick<DynamoDBClient, 'send'>;

// There are at most a few items of test users, which a check has left.
const FEW = 20;

/** Records that the history is complete from now on, if the table has no items but those of test users. @param now epoch milliseconds */
export const startHistoryIfEmpty = async (client: Client, table: string, history: string, now: number): Promise<void> => {
  const keys = { Select: 'SPECIFIC_ATTRIBUTES', ProjectionExpression: KEY_ATTRIBUTES.join(', ') } as const;
  const scan = new ScanCommand({ TableName: table, Limit: FEW, ConsistentRead: true, ...keys });
  const { Items = [], LastEvaluatedKey } = await client.send(scan);
  if (LastEvaluatedKey === undefined && Items.every(({ pk }) => isTestUser(pk?.S ?? '')))
    await startHistory(client, history, now);
};

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
