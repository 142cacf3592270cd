import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { CLIENT_CONFIG } from '../client-config.ts';
import { readEnvironment, Text } from '../environment.ts';
import { createExamine } from './examine.ts';
import { createFormerTokens } from './former-tokens.ts';
import { createHandler } from './http.ts';
import { createNotificationQueue } from './notification-queue.ts';
import { createReceive } from './receive.ts';
import { createTokenSecret } from './token-secret.ts';

const environment = readEnvironment({
  AWS_REGION: Text,
  QUEUE_URL: v.pipe(v.string(), v.url()),
  DEAD_LETTER_QUEUE_URL: v.pipe(v.string(), v.url()),
  SECRET_ID: Text,
});
const config = { ...CLIENT_CONFIG, region: environment.AWS_REGION };
const secret = { client: new SecretsManagerClient(config), secretId: environment.SECRET_ID, now: Date.now };

export const handler = createHandler(
  createReceive({
    tokens: createTokenSecret(secret),
    examine: createExamine({ formerTokens: createFormerTokens(secret), now: Date.now }),
    queue: createNotificationQueue({
      client: new SQSClient(config),
      queueUrl: environment.QUEUE_URL,
      deadLetterQueueUrl: environment.DEAD_LETTER_QUEUE_URL,
    }),
    now: Date.now,
  }),
);
