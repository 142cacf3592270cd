import { setTimeout as wait } from 'node:timers/promises';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import * as v from 'valibot';
import { CLIENT_CONFIG } from '../client-config.ts';
import { readEnvironment, Text } from '../environment.ts';
import { describeError } from '../log.ts';
import { createEventBus } from './event-bus.ts';
import { createPublish, type Dependencies } from './publish.ts';
import { createHandler } from './stream.ts';

const environment = readEnvironment({
  AWS_REGION: Text,
  EVENT_BUS_NAME: Text,
  UNPUBLISHED_QUEUE_URL: v.pipe(v.string(), v.url()),
});
const config = { ...CLIENT_CONFIG, region: environment.AWS_REGION };

// Loaded on first use, which is rare, to keep cold starts short.
const setAside: Dependencies['setAside'] = async (record, problem) => {
  const [{ SQSClient }, { createUnpublishedQueue }] = await Promise.all([
    import('@aws-sdk/client-sqs'),
    import('./unpublished-queue.ts'),
  ]);
  return createUnpublishedQueue(new SQSClient(config), environment.UNPUBLISHED_QUEUE_URL)(record, problem);
};

export const handler = createHandler(
  createPublish({
    put: createEventBus(new EventBridgeClient(config), environment.EVENT_BUS_NAME),
    setAside,
    describe: describeError,
    pause: (ms) => wait(ms),
    now: Date.now,
  }),
);
