import { setTimeout as wait } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as v from 'valibot';
import { CLIENT_CONFIG } from '../client-config.ts';
import { readEnvironment, Text } from '../environment.ts';
import { readErasures } from '../erasure.ts';
import { Problem } from '../log.ts';
import { plainItem } from '../plain-item.ts';
import { createStateReader } from '../state-reader.ts';
import { createAsk } from './ask.ts';
import { type CompareDependencies, compareWithFractal } from './compare-with-fractal.ts';
import { parseCredentials } from './credentials.ts';
import { createDaily } from './daily.ts';
import { comparedIn } from './known.ts';

// Twice so many, and the pause, fit into the 15 minutes of an invocation.
const KRAKEN_RATE = 10;
const KRAKEN_AT_MOST = 2_000;

const environment = readEnvironment({
  AWS_REGION: Text,
  API_SECRET_ID: Text,
  TABLE_NAME: Text,
  HISTORY_TABLE_NAME: v.optional(Text),
  AUTH_URL: Text,
  RESOURCE_URL: Text,
  KRAKEN_URL: v.optional(Text),
  PAUSE_SECONDS: v.pipe(v.string(), v.digits(), v.toNumber()),
});
const { TABLE_NAME, HISTORY_TABLE_NAME, API_SECRET_ID, AUTH_URL: auth, RESOURCE_URL: resource, KRAKEN_URL: kraken } = environment;
// A page of a scan has up to 1 MiB.
const patient = { ...CLIENT_CONFIG.requestHandler, requestTimeout: 10_000, socketTimeout: 10_000 };
const config = { ...CLIENT_CONFIG, requestHandler: patient, region: environment.AWS_REGION };
const secrets = new SecretsManagerClient(config);
const dynamodb = new DynamoDBClient(config);
const pause = (ms: number) => wait(ms);

const dependencies: CompareDependencies = {
  ask: createAsk({ fetch: (url, init) => fetch(url, init), wait: pause }),
  wait: pause,
  now: Date.now,
  readLevels: async (add) => {
    let ExclusiveStartKey: ScanCommandOutput['LastEvaluatedKey'];
    do {
      const page: ScanCommandOutput = await dynamodb.send(new ScanCommand({ ...comparedIn(TABLE_NAME), ExclusiveStartKey }));
      add((page.Items ?? []).map(plainItem));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  },
  erasuresOf: async (ids) =>
    HISTORY_TABLE_NAME === undefined ? new Map() : readErasures(createStateReader(dynamodb, HISTORY_TABLE_NAME), ids),
  progress: () => {},
};

export const handler = createDaily({
  compare: async (krakenUsers) => {
    const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: API_SECRET_ID }));
    const credentials = parseCredentials(SecretString);
    if (!credentials) throw new Problem('the secret of the API has no credentials yet');
    return compareWithFractal(dependencies, {
      hosts: { auth, resource, kraken },
      credentials,
      rate: KRAKEN_RATE,
      krakenAtMost: KRAKEN_AT_MOST,
      krakenUsers,
    });
  },
  pause: () => wait(environment.PAUSE_SECONDS * 1_000),
});
