import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { CLIENT_CONFIG } from '../client-config.ts';
import { readEnvironment, Text } from '../environment.ts';
import { describeError } from '../log.ts';
import { createDeadLetterQueue } from '../queues/dead-letter-queue.ts';
import { createStateReader } from '../state-reader.ts';
import { createLook } from './look.ts';
import { createWidget } from './widget.ts';

const Url = v.pipe(v.string(), v.url());
const environment = readEnvironment({
  AWS_REGION: Text,
  QUEUE_URL: Url,
  DEAD_LETTER_QUEUE_URL: Url,
  TABLE_NAME: Text,
  HISTORY_TABLE_NAME: v.optional(Text),
  ACTIONS: v.picklist(['true', 'false']),
  RUNBOOK: Text,
});
const config = { ...CLIENT_CONFIG, region: environment.AWS_REGION };
// A receive waits for a second.
const requestHandler = { ...CLIENT_CONFIG.requestHandler, requestTimeout: 5_000, socketTimeout: 5_000 };
const dynamodb = new DynamoDBClient(config);
const items = createStateReader(dynamodb, environment.TABLE_NAME);
const { HISTORY_TABLE_NAME: history } = environment;
const common = { describe: describeError, now: Date.now };

export const handler = createWidget({
  ...createLook({
    ...common,
    queue: createDeadLetterQueue({
      sqs: new SQSClient({ ...config, requestHandler }),
      queueUrl: environment.QUEUE_URL,
      deadLetterQueueUrl: environment.DEAD_LETTER_QUEUE_URL,
    }),
    items: items.many,
    records: history === undefined ? undefined : createStateReader(dynamodb, history).existing,
  }),
  ...common,
  item: items.one,
  actions: environment.ACTIONS === 'true',
  runbook: environment.RUNBOOK,
});
