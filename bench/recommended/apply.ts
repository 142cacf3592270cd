import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { parse } from '@aws-lambda-powertools/parser';
import { JSONStringified } from '@aws-lambda-powertools/parser/helpers';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type Envelope, EnvelopeSchema } from './notification.ts';

// Powertools as recommended: batch processor with partial responses, and idempotency in DynamoDB by message id.

const logger = new Logger({ serviceName: 'webhooks' });
const metrics = new Metrics({ namespace: 'FractalWebhooks', serviceName: 'webhooks' });
const tracer = new Tracer({ serviceName: 'webhooks' });
const processor = new BatchProcessor(EventType.SQS);
const client = tracer.captureAWSv3Client(new DynamoDBClient({}));
const documents = DynamoDBDocumentClient.from(client);
const persistenceStore = new DynamoDBPersistenceLayer({
  tableName: process.env.IDEMPOTENCY_TABLE_NAME ?? '',
  awsSdkV3Client: client,
});
const config = new IdempotencyConfig({ eventKeyJmesPath: 'messageId' });

const RANK = { approved: 1, contacted: 2, rejected: 3 } as const;

const itemOf = ({ received_at, notification }: Envelope) => {
  switch (notification.type) {
    case 'email_changed': {
      const { user_id, email } = notification.data;
      return { pk: `USER#${user_id}`, sk: 'EMAIL', as_of: received_at, status_rank: 0, attributes: { user_id, email } };
    }
    case 'credential_shared': {
      const { idos_human_id, credential_id, shared_at } = notification.data;
      const attributes = { idos_human_id, credential_id, shared_at };
      return {
        pk: `HUMAN#${idos_human_id}`,
        sk: `CREDENTIAL#${credential_id}`,
        as_of: Date.parse(shared_at),
        status_rank: 0,
        attributes,
      };
    }
    default: {
      const { user_id, level, timestamp } = notification.data;
      const status = notification.type.slice('verification_'.length) as keyof typeof RANK;
      const attributes = { user_id, level, status, timestamp };
      return { pk: `USER#${user_id}`, sk: `LEVEL#${level}`, as_of: Date.parse(timestamp), status_rank: RANK[status], attributes };
    }
  }
};

const processRecord = makeIdempotent(
  async (record: SQSRecord): Promise<string> => {
    const envelope = parse(record.body, undefined, JSONStringified(EnvelopeSchema));
    const { pk, sk, as_of, status_rank, attributes } = itemOf(envelope);
    const names = Object.keys(attributes);
    try {
      await documents.send(
        new UpdateCommand({
          TableName: process.env.TABLE_NAME,
          Key: { pk, sk },
          UpdateExpression: `SET as_of = :as_of, status_rank = :rank, ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
          ConditionExpression: 'attribute_not_exists(pk) OR as_of < :as_of OR (as_of = :as_of AND status_rank < :rank)',
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: {
            ':as_of': as_of,
            ':rank': status_rank,
            ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`:${name}`, value])),
          },
        }),
      );
      metrics.addMetric('applied', MetricUnit.Count, 1);
      logger.info('applied', { id: envelope.id });
      return 'applied';
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      metrics.addMetric('stale', MetricUnit.Count, 1);
      logger.info('stale', { id: envelope.id });
      return 'stale';
    }
  },
  { persistenceStore, config },
);

export const handler = middy(async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  config.registerLambdaContext(context);
  return processPartialResponse(event, processRecord, processor, { context });
})
  .use(captureLambdaHandler(tracer))
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics, { captureColdStartMetric: true }));
