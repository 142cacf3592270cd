import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { CLIENT_CONFIG } from '../client-config.ts';
import { readEnvironment, Text } from '../environment.ts';
import { describeError } from '../log.ts';
import { createApply } from './apply.ts';
import { createHistoryTable } from './history-table.ts';
import { createHandler } from './sqs.ts';
import { createStateTable } from './state-table.ts';
import { traced } from './trace.ts';

const environment = readEnvironment({
  AWS_REGION: Text,
  TABLE_NAME: Text,
  HISTORY_TABLE_NAME: v.optional(Text),
  RELEASE: v.optional(Text, 'unknown'),
});
const client = new DynamoDBClient({ ...CLIENT_CONFIG, region: environment.AWS_REGION });
const { HISTORY_TABLE_NAME: history } = environment;

const apply = createApply({
  write: createStateTable({ client, tableName: environment.TABLE_NAME }),
  record:
    history === undefined
      ? undefined
      : createHistoryTable({ client, tableName: history, release: environment.RELEASE, now: Date.now }),
  describe: describeError,
  now: Date.now,
});
const call = { service: 'DynamoDB', operation: 'UpdateItem', resource: { table_name: environment.TABLE_NAME } };

export const handler = createHandler((messages, signal) => traced(call, () => apply(messages, signal)));
