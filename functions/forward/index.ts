import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CLIENT_CONFIG } from '../client-config.ts';
import { identityOf } from '../core/state.ts';
import { readEnvironment, Text } from '../environment.ts';
import { describeError } from '../log.ts';
import { createStateReader } from '../state-reader.ts';
import { createForward } from './forward.ts';
import { postEvent } from './post.ts';
import { createSecrets } from './secrets.ts';
import { createHandler } from './sqs.ts';

const environment = readEnvironment({
  AWS_REGION: Text,
  FORWARD_URL: Text,
  SECRET_ID: Text,
  TABLE_NAME: Text,
  QUEUE_URL: Text,
  UNFORWARDED_QUEUE_URL: Text,
  CHECK_QUEUE_URL: Text,
});
const config = { ...CLIENT_CONFIG, region: environment.AWS_REGION };
const sqs = new SQSClient(config);
const table = createStateReader(new DynamoDBClient(config), environment.TABLE_NAME);
const sendTo = (QueueUrl: string) => async (MessageBody: string) => {
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
};

export const handler = createHandler(
  createForward({
    post: (request) => postEvent(environment.FORWARD_URL, request),
    secrets: createSecrets(new SecretsManagerClient(config), environment.SECRET_ID),
    exists: async (key) => (await table.existing([key])).has(identityOf({ key })),
    postpone: async ({ receiptHandle }, seconds) => {
      const of = { QueueUrl: environment.QUEUE_URL, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds };
      await sqs.send(new ChangeMessageVisibilityCommand(of));
    },
    setAside: sendTo(environment.UNFORWARDED_QUEUE_URL),
    tell: sendTo(environment.CHECK_QUEUE_URL),
    describe: describeError,
    now: Date.now,
  }),
);
