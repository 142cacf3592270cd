import { ConditionalCheckFailedException, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { HistoryRecord } from '../core/record.ts';
import { itemOf } from '../plain-item.ts';

export interface HistoryTableSettings {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** The release that records. */
  readonly release: string;
  /** Epoch milliseconds. */
  now(): number;
}

/** The history. A record that is there already stays as it is. */
export const createHistoryTable = ({ client, tableName, release, now }: HistoryTableSettings) => {
  return async ({ key, attributes }: HistoryRecord): Promise<void> => {
    try {
      await client.send(
        new PutItemCommand({
          TableName: tableName,
          Item: itemOf({ ...key, ...attributes, recorded_at: now(), release }),
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  };
};
