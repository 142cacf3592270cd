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

/** The history. A record that is there already stays as it is, and one that is not kept is not written. */
export const createHistoryTable = ({ client, tableName, release, now }: HistoryTableSettings) => {
  return async ({ key, attributes, isKept }: HistoryRecord): Promise<void> => {
    try {
      await client.send(
        new PutItemCommand({
          TableName: tableName,
          Item: itemOf({ ...key, ...attributes, recorded_at: now(), release }),
          // What is not kept is never there.
          ConditionExpression: isKept ? 'attribute_not_exists(pk)' : 'attribute_exists(pk)',
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  };
};
