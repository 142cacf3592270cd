import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { StackParts } from '../functions/core/stack-contract.ts';
import { startHistoryIfEmpty } from '../functions/history-start.ts';

/** Starts the history of a new stack, as the release check does, which does not run locally. */
export const startHistory = async (
  endpoint: string,
  region: string,
  { tableName, historyTableName }: StackParts,
): Promise<void> => {
  if (historyTableName === undefined) return;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region, credentials });
  await startHistoryIfEmpty(client, tableName, historyTableName, Date.now());
  client.destroy();
};
