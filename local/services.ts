import { join } from 'node:path';
import { REGION } from './account.ts';
import { type Endpoint, startEndpoint } from './endpoint/endpoint.ts';
import { startDynalite } from './engines/dynalite.ts';
import { startDynamoDbLocal } from './engines/dynamodb-local.ts';
import { type SqsEngine, startSqs } from './engines/fauxqs.ts';
import { createSecretsManager, type SecretsManager } from './engines/secrets-manager.ts';
import { createSns, type Subscription } from './engines/sns.ts';
import { createTableStreams, type TableStreams } from './engines/table-stream.ts';

/** The stateful services behind the AWS endpoint. */
export interface Services {
  readonly endpoint: Endpoint;
  readonly sqs: SqsEngine;
  readonly secrets: SecretsManager;
  readonly subscriptions: Map<string, Subscription>;
  readonly streams: TableStreams;
}

export interface ServicesOptions {
  readonly dynamodb: 'dynalite' | 'amazon';
  readonly dataDir: string | undefined;
}

/** Starts the services. `starting` stops them. */
export const startServices = async (
  { dynamodb, dataDir }: ServicesOptions,
  starting: AsyncDisposableStack,
): Promise<Services> => {
  const endpoint = await startEndpoint();
  starting.defer(() => endpoint.stop());
  const folder = (engine: string) => dataDir && join(dataDir, engine);

  const sqs = await startSqs(REGION, folder('sqs'));
  starting.defer(() => sqs.stop());
  const startDynamoDb = dynamodb === 'amazon' ? startDynamoDbLocal : startDynalite;
  const dynamodbEngine = await startDynamoDb(folder(dynamodb));
  starting.defer(() => dynamodbEngine.stop());
  const streams = createTableStreams(folder('changes'));
  starting.defer(async () => streams.close());
  const secrets = await createSecretsManager(dataDir);
  const subscriptions = new Map<string, Subscription>();
  for (const [name, service] of Object.entries({
    sqs: sqs.serve,
    dynamodb: streams.observe(dynamodbEngine.serve),
    secretsmanager: secrets.serve,
    sns: createSns(subscriptions),
  })) {
    endpoint.services.set(name, service);
  }
  return { endpoint, sqs, secrets, subscriptions, streams };
};
