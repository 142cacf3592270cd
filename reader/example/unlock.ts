import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { EventBridgeEvent } from 'aws-lambda';
import type { EventDetail } from '../events.ts';
import { createReader } from '../reader.ts';

const dynamodb = new DynamoDBClient();
const TableName = process.env.USERS_TABLE_NAME;
const reader = createReader({ client: dynamodb, tableName: process.env.STATES_TABLE_NAME ?? '', consistent: true });

/**
 * Unlocks a user when the level `plus` is approved. An event can arrive after a newer one, so the table decides whether the level is
 * approved now. Events can be repeated, so the user's item stores the as_of of the unlock, and one conditional write both checks
 * and updates it.
 *
 * @throws Error if DynamoDB does not answer; Lambda then tries again twice, within minutes, before the function's dead-letter queue gets the event
 */
export const handler = async ({ detail }: EventBridgeEvent<'verification_approved', EventDetail<'verification_approved'>>) => {
  if (!(await reader.isApproved(detail.user_id, ['plus']))) return;
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName,
        Key: { user_id: { S: detail.user_id } },
        UpdateExpression: 'SET unlocked_as_of = :as_of, unlocked_by = :event',
        ConditionExpression: 'attribute_not_exists(unlocked_as_of) OR unlocked_as_of < :as_of',
        ExpressionAttributeValues: { ':as_of': { N: String(detail.as_of) }, ':event': { S: detail.id } },
      }),
    );
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return;
    throw error;
  }
};
