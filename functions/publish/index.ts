import { setTimeout as wait } from 'node:timers/promises';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { CLIENT_CONFIG } from '../client-config.ts';
import { readEnvironment, Text } from '../environment.ts';
import { describeError } from '../log.ts';
import { createEventBus } from './event-bus.ts';
import { createPublish } from './publish.ts';
import { createHandler } from './stream.ts';
import { createUnpublishedQueue } from './unpublished-queue.ts';

const environment = readEnvironment({
  AWS_REGION: Text,
  EVENT_BUS_NAME: Text,
  UNPUBLISHED_QUEUE_URL: v.pipe(v.string(), v.url()),
});
const config = { ...CLIENT_CONFIG, region: environment.AWS_REGION };

export const handler = createHandler(
  createPublish({
    put: createEventBus(new EventBridgeClient(config), environment.EVENT_BUS_NAME),
    setAside: createUnpublishedQueue(new SQSClient(config), environment.UNPUBLISHED_QUEUE_URL),
    describe: describeError,
    pause: (ms) => wait(ms),
    now: Date.now,
  }),
);
