import { join } from 'node:path';
import { REGION } from './aws/account.ts';
import { type Endpoint, startEndpoint } from './endpoint/endpoint.ts';
import { startDynalite } from './engines/dynamodb/dynalite.ts';
import { startDynamoDbLocal } from './engines/dynamodb/dynamodb-local.ts';
import { createTableStreams, type TableStreams } from './engines/dynamodb/table-stream.ts';
import { createS3, type S3Engine } from './engines/s3/s3.ts';
import { createSecretsManager, type SecretsManager } from './engines/secrets/secrets-manager.ts';
import { serveServiceQuotas } from './engines/service-quotas.ts';
import { createSns, type Subscription } from './engines/sns.ts';
import { type SqsEngine, startSqs } from './engines/sqs/fauxqs.ts';
import { serveSts } from './engines/sts.ts';

/** The stateful services behind the AWS endpoint. */
export interface Services {
  readonly endpoint: Endpoint;
  readonly sqs: SqsEngine;
  readonly s3: S3Engine;
  readonly secrets: SecretsManager;
  readonly subscriptions: Map<string, Subscription>;
  readonly streams: TableStreams;
}

export interface ServicesOptions {
  readonly dynamodb: 'dynalite' | 'amazon';
  readonly dataDir?: string | undefined;
  readonly tempPrefix?: string;
  readonly functionNames?: readonly string[];
}

/** Starts the services. `starting` stops them. */
export const startServices = async (
  { dynamodb, dataDir, tempPrefix, functionNames }: ServicesOptions,
  starting: AsyncDisposableStack,
): Promise<Services> => {
  const endpoint = await startEndpoint(functionNames);
  starting.defer(() => endpoint.stop());
  const folder = (engine: string) => dataDir && join(dataDir, engine);

  const sqs = await startSqs(REGION, folder('sqs'));
  starting.defer(() => sqs.stop());
  const s3 = createS3();
  starting.defer(() => s3.stop());
  const kept = folder(dynamodb);
  const dynamodbEngine = await (dynamodb === 'amazon' ? startDynamoDbLocal(kept) : startDynalite(kept, tempPrefix));
  starting.defer(() => dynamodbEngine.stop());
  const streams = createTableStreams(folder('changes'));
  starting.defer(async () => streams.close());
  const secrets = await createSecretsManager(dataDir);
  const subscriptions = new Map<string, Subscription>();
  for (const [name, service] of Object.entries({
    sqs: sqs.serve,
    s3: s3.serve,
    dynamodb: streams.observe(dynamodbEngine.serve),
    secretsmanager: secrets.serve,
    sns: createSns(subscriptions),
    sts: serveSts,
    servicequotas: serveServiceQuotas,
  })) {
    endpoint.services.set(name, service);
  }
  return { endpoint, sqs, s3, secrets, subscriptions, streams };
};
