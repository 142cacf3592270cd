import { setTimeout as wait } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as v from 'valibot';
import { CLIENT_CONFIG } from '../client-config.ts';
import { readEnvironment, Text } from '../environment.ts';
import { createCheck } from './check.ts';
import { createCheckedTable } from './checked-table.ts';
import { createHandler } from './cloudformation.ts';
import { expectedResponse } from './expectation.ts';
import { createVersions } from './versions.ts';

const environment = readEnvironment({
  AWS_REGION: Text,
  SECRET_ID: Text,
  TABLE_NAME: Text,
  HISTORY_TABLE_NAME: v.optional(Text),
  PATIENCE_SECONDS: v.pipe(v.string(), v.digits(), v.toNumber()),
});
const config = { ...CLIENT_CONFIG, region: environment.AWS_REGION };
const secrets = new SecretsManagerClient(config);
// The call lasts as long as the invocation: up to ten seconds if apply cold-starts and times out.
const lambda = new LambdaClient({
  ...config,
  requestHandler: { ...CLIENT_CONFIG.requestHandler, requestTimeout: 15_000, socketTimeout: 15_000 },
});

export const handler = createHandler(
  createCheck({
    functions: createVersions(lambda),
    expectation: async (type, body, mayEnqueue) => {
      const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: environment.SECRET_ID }));
      return expectedResponse(SecretString, type, body, mayEnqueue);
    },
    table: createCheckedTable(new DynamoDBClient(config), environment.TABLE_NAME, environment.HISTORY_TABLE_NAME),
    wait: (ms) => wait(ms),
    now: Date.now,
  }),
  environment.PATIENCE_SECONDS * 1_000,
);
