import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { CLIENT_CONFIG } from '../client-config.ts';
import { readEnvironment } from '../environment.ts';
import { createHandler } from './http.ts';
import { createNotificationQueue } from './notification-queue.ts';
import { createReceive } from './receive.ts';
import { createTokenSecret } from './token-secret.ts';

const environment = readEnvironment({
  QUEUE_URL: v.pipe(v.string(), v.url()),
  DEAD_LETTER_QUEUE_URL: v.pipe(v.string(), v.url()),
  SECRET_ID: v.pipe(v.string(), v.nonEmpty()),
});

export const handler = createHandler(
  createReceive({
    tokens: createTokenSecret({
      client: new SecretsManagerClient(CLIENT_CONFIG),
      secretId: environment.SECRET_ID,
      now: Date.now,
    }),
    queue: createNotificationQueue({
      client: new SQSClient(CLIENT_CONFIG),
      queueUrl: environment.QUEUE_URL,
      deadLetterQueueUrl: environment.DEAD_LETTER_QUEUE_URL,
    }),
    now: Date.now,
  }),
);
