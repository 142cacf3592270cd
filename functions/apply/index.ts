import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CLIENT_CONFIG } from '../client-config.ts';
import { readEnvironment, Text } from '../environment.ts';
import { describeError } from '../log.ts';
import { createApply } from './apply.ts';
import { createHandler } from './sqs.ts';
import { createStateTable } from './state-table.ts';
import { traced } from './trace.ts';

const environment = readEnvironment({ AWS_REGION: Text, TABLE_NAME: Text });

const apply = createApply({
  write: createStateTable({
    client: new DynamoDBClient({ ...CLIENT_CONFIG, region: environment.AWS_REGION }),
    tableName: environment.TABLE_NAME,
  }),
  describe: describeError,
  now: Date.now,
});
const call = { service: 'DynamoDB', operation: 'UpdateItem', resource: { table_name: environment.TABLE_NAME } };

export const handler = createHandler((messages, signal) => traced(call, () => apply(messages, signal)));
