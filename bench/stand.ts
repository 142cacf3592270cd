import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, PurgeQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { REGION } from '../emulator/aws/account.ts';
import { startEndpoint } from '../emulator/endpoint/endpoint.ts';
import { startDynalite } from '../emulator/engines/dynamodb/dynalite.ts';
import { startDynamoDbLocal } from '../emulator/engines/dynamodb/dynamodb-local.ts';
import { createEventBridge } from '../emulator/engines/eventbridge/eventbridge.ts';
import { createSecretsManager } from '../emulator/engines/secrets/secrets-manager.ts';
import { startSqs } from '../emulator/engines/sqs/fauxqs.ts';

/** The environment variables of the implementations: all use the same endpoint, engines, queues and tables. */
export type Stand = Readonly<Record<string, string>>;

// Runs in a separate process, so that the engines' CPU time is not measured with the functions'.
if (process.send) {
  const endpoint = await startEndpoint();
  const sqsEngine = await startSqs(REGION, undefined);
  const dynamodbEngine = await (process.argv[2] === 'amazon' ? startDynamoDbLocal : startDynalite)(undefined);
  const secrets = await createSecretsManager(undefined);
  endpoint.services.set('sqs', sqsEngine.serve);
  endpoint.services.set('dynamodb', dynamodbEngine.serve);
  endpoint.services.set('secretsmanager', secrets.serve);
  const eventBridge = createEventBridge({ refusesEntry: () => false, onEvent: () => {}, send: async () => {} });
  const EVENT_BUS_NAME = 'changes';
  eventBridge.buses.add(EVENT_BUS_NAME);
  endpoint.services.set('events', eventBridge.serve);

  const SECRET_ID = 'token';
  await secrets.create({ name: SECRET_ID, arn: SECRET_ID, initial: process.env.TOKEN ?? '', override: true });
  const client = { endpoint: endpoint.url, region: REGION, credentials: { accessKeyId: 'stand', secretAccessKey: 'stand' } };
  const sqs = new SQSClient(client);
  const queue = async (QueueName: string, Attributes: Record<string, string> = {}): Promise<string> => {
    await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    return `${endpoint.url}/000000000000/${QueueName}`;
  };
  const table = async (TableName: string, ...keys: [string, 'HASH' | 'RANGE'][]): Promise<string> => {
    await new DynamoDBClient(client).send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keys.map(([AttributeName]) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: keys.map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
      }),
    );
    return TableName;
  };
  const DEAD_LETTER_QUEUE_URL = await queue('dead-letters');
  const deadLetterTargetArn = `arn:aws:sqs:${REGION}:000000000000:dead-letters`;
  const QUEUE_URL = await queue('queue', { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 5 }) });
  const stand: Stand = {
    AWS_ENDPOINT_URL: endpoint.url,
    QUEUE_URL,
    // A separate queue, because the other is purged every two seconds.
    END_TO_END_QUEUE_URL: await queue('end-to-end'),
    DEAD_LETTER_QUEUE_URL,
    SECRET_ID,
    EVENT_BUS_NAME,
    UNPUBLISHED_QUEUE_URL: await queue('unpublished'),
    TABLE_NAME: await table('states', ['pk', 'HASH'], ['sk', 'RANGE']),
    HISTORY_TABLE_NAME: await table('history', ['pk', 'HASH'], ['sk', 'RANGE']),
    IDEMPOTENCY_TABLE_NAME: await table('idempotency', ['id', 'HASH']),
  };
  // The queue has no consumer, and a long queue would slow the engine down for later measurements.
  setInterval(() => sqs.send(new PurgeQueueCommand({ QueueUrl: QUEUE_URL })).catch(() => {}), 2_000).unref();
  process.on('disconnect', async () => {
    await dynamodbEngine.stop();
    process.exit();
  });
  process.send(stand);
}
