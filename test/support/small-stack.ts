import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ACCOUNT_ID, REGION } from '../../emulator/aws/account.ts';
import type { Service } from '../../emulator/aws/request.ts';
import { startDynalite } from '../../emulator/engines/dynamodb/dynalite.ts';
import { createEventBridge } from '../../emulator/engines/eventbridge/eventbridge.ts';
import { createEventSourceMappings } from '../../emulator/engines/lambda/event-source-mappings.ts';
import { createLambda } from '../../emulator/engines/lambda/lambda.ts';
import type { Poller } from '../../emulator/engines/lambda/poller.ts';
import { createSecretsManager } from '../../emulator/engines/secrets/secrets-manager.ts';
import { createSns, type Subscription } from '../../emulator/engines/sns.ts';
import { startSqs } from '../../emulator/engines/sqs/fauxqs.ts';
import { createStateTable } from '../../functions/apply/state-table.ts';
import { stateOf } from '../../functions/core/notification.ts';
import { parseNotification } from '../../functions/core/parse-notification.ts';
import { SIGNATURE_HEADER, verify } from '../../functions/ingest/signature.ts';
import { plainItem } from '../../functions/plain-item.ts';
import type { Target } from '../../oncall/target.ts';
import { startAwsWith } from './aws-with.ts';
import { createAlarmed } from './local-alarms.ts';
import { classicOnly, DOCUMENTED } from './notifications.ts';

const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT_ID}:alarms`;
const STREAM = `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/states/stream/1`;
const BUS = `arn:aws:events:${REGION}:${ACCOUNT_ID}:event-bus/bus`;
const QUEUES = ['main', 'dead', 'unpublished', 'check', 'listeners'] as const;

interface Received {
  readonly body: Buffer;
  readonly headers: IncomingHttpHeaders;
}

// What polls is left out: the webhook writes to the table itself.
const idle = (): Poller => ({ drain: async () => {}, stop: async () => {} }) as Poller;

/** Moves a test's clock on by a long poll, which then ends at once. */
const withoutLongPolls =
  (serve: Service, pass: (ms: number) => void): Service =>
  (request) => {
    if (request.action !== 'ReceiveMessage') return serve(request);
    const { WaitTimeSeconds = 0, ...input } = JSON.parse(request.body.toString());
    pass(WaitTimeSeconds * 1_000);
    return serve({ ...request, body: Buffer.from(JSON.stringify({ ...input, WaitTimeSeconds: 0 })) });
  };

/**
 * The services of a stack in this process, with a webhook that verifies, applies and publishes at once. For `doctor`, which asks
 * all of them.
 *
 * @param pass moves the clock of the test on, in milliseconds
 */
export const startSmallStack = async (pass: (ms: number) => void) => {
  const running = new AsyncDisposableStack();
  const sqs = await startSqs(REGION, undefined);
  running.defer(() => sqs.stop());
  const dynamodb = await startDynalite(undefined);
  running.defer(() => dynamodb.stop());
  const secrets = await createSecretsManager(undefined);
  await secrets.create({ name: 'tokens', arn: 'arn:tokens', initial: classicOnly(), override: true });
  const subscriptions = new Map<string, Subscription>([[`${TOPIC}:1`, { topicArn: TOPIC, protocol: 'email', endpoint: 'x' }]]);
  const alarms = createAlarmed(TOPIC);
  alarms.create('S-apply-throttled', { AlarmDescription: 'Runbook: oncall/RUNBOOK.md#apply-throttled' });
  alarms.create('S-wrong-signatures', { AlarmDescription: 'Runbook: oncall/RUNBOOK.md#wrong-signatures', Namespace: 'S' });
  const bus = createEventBridge({ refusesEntry: () => false, onEvent: () => {}, send: async () => {} });
  bus.buses.add('bus');
  const mappings = createEventSourceMappings([
    { id: 'm-apply', sourceArn: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:main`, functionName: 'apply:live', start: idle },
    { id: 'm-publish', sourceArn: STREAM, functionName: 'publish:live', start: idle },
  ]);
  const aws = await startAwsWith({
    sqs: withoutLongPolls(sqs.serve, pass),
    dynamodb: dynamodb.serve,
    secretsmanager: secrets.serve,
    sns: createSns(subscriptions),
    cloudwatch: alarms.serve,
    events: bus.serve,
    lambda: createLambda([], mappings.serve),
  });
  running.defer(() => aws.stop());

  const tables = new DynamoDBClient(aws.target.client);
  const queues = new SQSClient(aws.target.client);
  const names = ['pk', 'sk'];
  await tables.send(
    new CreateTableCommand({
      TableName: 'states',
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: names.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  for (const QueueName of QUEUES) await queues.send(new CreateQueueCommand({ QueueName }));
  const urlOf = (name: (typeof QUEUES)[number]): string => `${aws.url}/${ACCOUNT_ID}/${name}`;
  const send = (name: (typeof QUEUES)[number], MessageBody: string) =>
    queues.send(new SendMessageCommand({ QueueUrl: urlOf(name), MessageBody }));

  const write = createStateTable({ client: tables, tableName: 'states' });
  const received: Received[] = [];
  /** What the webhook does with a delivery. `applies` and `publishes` may be switched off. */
  const webhook = {
    applies: true,
    publishes: true,
    takesMs: 0,
    /** The time of the webhook, in addition to that of the test; no Date header if it is not a number. */
    clockOffMs: 0,
    /** Answers instead. */
    answer: undefined as ((response: ServerResponse) => void) | undefined,
  };
  const accept = async ({ body, headers }: Received): Promise<{ readonly status: number; readonly answer: object }> => {
    if (!verify(body, DOCUMENTED.token, String(headers[SIGNATURE_HEADER])))
      return { status: 401, answer: { error: 'signature_mismatch' } };
    const parsed = parseNotification(body, Date.now());
    if (parsed.kind !== 'understood') return { status: 202, answer: { status: 'parked', reason: parsed.reason } };
    const state = stateOf(parsed.notification, { id: 'id', receivedAt: Date.now() });
    if (webhook.applies) await write(state);
    if (webhook.publishes) await send('check', JSON.stringify({ detail: { user_id: state.attributes.user_id } }));
    return { status: 202, answer: { status: 'accepted', id: '1' } };
  };
  const server = createServer(async (request, response) => {
    const delivery = { body: await buffer(request), headers: request.headers };
    received.push(delivery);
    pass(webhook.takesMs);
    if (Number.isNaN(webhook.clockOffMs)) response.sendDate = false;
    else response.setHeader('date', new Date(Date.now() + webhook.clockOffMs).toUTCString());
    if (webhook.answer) return webhook.answer(response);
    const { status, answer } = await accept(delivery);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  running.defer(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  const target: Target = {
    ...aws.target,
    webhookUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`,
    queueUrl: urlOf('main'),
    deadLetterQueueUrl: urlOf('dead'),
    alarmTopicArn: TOPIC,
    events: {
      busName: 'bus',
      busArn: BUS,
      archiveArn: `arn:aws:events:${REGION}:${ACCOUNT_ID}:archive/a`,
      unpublishedQueueUrl: urlOf('unpublished'),
      checkQueueUrl: urlOf('check'),
      listenerQueueUrl: urlOf('listeners'),
      streamArn: STREAM,
    },
  };
  return {
    ...aws,
    target,
    webhook,
    received,
    alarms,
    subscriptions,
    send,
    setSecret: (initial: string) => secrets.create({ name: 'tokens', arn: 'arn:tokens', initial, override: true }),
    depth: (name: (typeof QUEUES)[number]): number => {
      const { visible, hidden } = sqs.depthOf(name);
      return visible + hidden;
    },
    items: async () => ((await tables.send(new ScanCommand({ TableName: 'states' }))).Items ?? []).map(plainItem),
    stop: () => running.disposeAsync(),
  };
};
