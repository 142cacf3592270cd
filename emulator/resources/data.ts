import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { REGION } from '../aws/account.ts';
import type { TableStreams } from '../engines/dynamodb/table-stream.ts';
import type { S3Engine } from '../engines/s3/s3.ts';
import type { SecretsManager } from '../engines/secrets/secrets-manager.ts';
import type { Subscription } from '../engines/sns.ts';
import type { Creator } from '../template/resolve.ts';
import { createBucket } from './bucket.ts';
import { createQueue } from './queue.ts';
import { createSecret, type SecretCreation } from './secret.ts';
import { createTable } from './table.ts';
import { createSubscription, createTopic } from './topic.ts';

export interface DataServices {
  readonly endpoint: { readonly url: string };
  readonly s3: S3Engine;
  readonly secrets: SecretsManager;
  readonly streams: TableStreams;
  readonly subscriptions: Map<string, Subscription>;
}

export interface DataOptions {
  readonly visibilityTimeout?: number | undefined;
  readonly secretOf?: SecretCreation;
}

/** Creates the resources that hold data or messages. */
export const dataCreators = (
  { endpoint, s3, secrets, streams, subscriptions }: DataServices,
  stackName: string,
  { visibilityTimeout, secretOf }: DataOptions,
): Record<string, Creator> => {
  const client = { endpoint: endpoint.url, region: REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const table = createTable(new DynamoDBClient(client), streams, stackName);
  return {
    'AWS::DynamoDB::Table': table,
    'AWS::DynamoDB::GlobalTable': table,
    'AWS::S3::Bucket': createBucket(s3, stackName),
    'AWS::SQS::Queue': createQueue(new SQSClient(client), { visibilityTimeout, stackName, endpointUrl: endpoint.url }),
    'AWS::SecretsManager::Secret': createSecret(secrets, stackName, secretOf),
    'AWS::SNS::Topic': createTopic(subscriptions, stackName),
    'AWS::SNS::Subscription': createSubscription(subscriptions),
  };
};
