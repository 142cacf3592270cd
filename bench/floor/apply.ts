import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

// The floor: the same two conditional writes per message, of the same items, with the AWS SDK only. No logs.

const { TABLE_NAME, HISTORY_TABLE_NAME, RELEASE = 'unknown' } = process.env;
const dynamodb = new DynamoDBClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_500, socketTimeout: 1_500, throwOnRequestTimeout: true },
});

const RANK: Record<string, number> = { approved: 1, contacted: 2, rejected: 3 };

const itemOf = ({ body }: SQSRecord) => {
  const envelope = JSON.parse(body);
  const { type, data } = JSON.parse(envelope.body);
  if (type === 'email_changed') {
    return {
      pk: `USER#${data.user_id}`,
      sk: 'EMAIL',
      asOf: envelope.received_at,
      rank: 0,
      text: { user_id: data.user_id, email: data.email },
    };
  }
  if (type === 'credential_shared') {
    const { idos_human_id, credential_id, shared_at } = data;
    const text = { idos_human_id, credential_id, shared_at };
    return { pk: `HUMAN#${idos_human_id}`, sk: `CREDENTIAL#${credential_id}`, asOf: Date.parse(shared_at), rank: 0, text };
  }
  const { user_id, level, timestamp } = data;
  const status = type.slice('verification_'.length);
  const text = { user_id, level, status, timestamp };
  return { pk: `USER#${user_id}`, sk: `LEVEL#${level}`, asOf: Date.parse(timestamp), rank: RANK[status] ?? 0, text };
};

const apply = async (record: SQSRecord): Promise<void> => {
  const item = itemOf(record);
  await Promise.all([update(item), keep(record, item)]);
};

const keep = async ({ body }: SQSRecord, { pk, sk, asOf, rank, text }: ReturnType<typeof itemOf>): Promise<void> => {
  const { id, received_at, body: received, entry, signature_sha256 } = JSON.parse(body);
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: HISTORY_TABLE_NAME,
        Item: {
          pk: { S: pk },
          sk: { S: `${sk}#${new Date(received_at).toISOString()}#${id}` },
          ...Object.fromEntries(Object.entries(text).map(([name, value]) => [name, { S: String(value) }])),
          status_rank: { N: String(rank) },
          item: { S: sk },
          type: { S: JSON.parse(received).type },
          id: { S: id },
          as_of: { N: String(asOf) },
          received_at: { N: String(received_at) },
          recorded_at: { N: String(Date.now()) },
          source: { S: 'webhook' },
          body: { S: received },
          token_entry: { S: entry },
          signature_sha256: { S: signature_sha256 },
          release: { S: RELEASE },
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
};

const update = async ({ pk, sk, asOf, rank, text }: ReturnType<typeof itemOf>): Promise<void> => {
  const names = Object.keys(text);
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: TABLE_NAME,
        Key: { pk: { S: pk }, sk: { S: sk } },
        UpdateExpression: `SET as_of = :as_of, status_rank = :rank, ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
        ConditionExpression: 'attribute_not_exists(pk) OR as_of < :as_of OR (as_of = :as_of AND status_rank < :rank)',
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: {
          ':as_of': { N: String(asOf) },
          ':rank': { N: String(rank) },
          ...Object.fromEntries(Object.entries(text).map(([name, value]) => [`:${name}`, { S: String(value) }])),
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
};

export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  const left = Records.values();
  const lane = async () => {
    for (const record of left) {
      await apply(record).catch(() => batchItemFailures.push({ itemIdentifier: record.messageId }));
    }
  };
  await Promise.all(Array.from({ length: Math.min(50, Records.length) }, lane));
  return { batchItemFailures };
};
