import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, jest } from '@jest/globals';
import { ACCOUNT_ID, REGION } from '../../emulator/aws/account.ts';
import type { AwsRequest, AwsResponse, Service } from '../../emulator/aws/request.ts';
import { createCloudWatch } from '../../emulator/cloudwatch/cloudwatch.ts';
import { createEventBridge } from '../../emulator/engines/eventbridge/eventbridge.ts';
import { createEventSourceMappings } from '../../emulator/engines/lambda/event-source-mappings.ts';
import { createS3 } from '../../emulator/engines/s3/s3.ts';
import { startSqs } from '../../emulator/engines/sqs/fauxqs.ts';
import { serveSts } from '../../emulator/engines/sts.ts';
import { NOTIFICATION_TYPES } from '../../functions/core/notification.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { plainItem } from '../../functions/plain-item.ts';
import { RELEASE } from '../../functions/release.ts';
import type { Target } from '../../oncall/target.ts';
import { callCommand } from './command-line.ts';
import { localClient } from './local-client.ts';
import { startTable } from './table.ts';

export type QueueName = 'queue' | 'dead' | 'unpublished';

const ATTEMPTS = 5;
const BUS = 'events';
const BUCKET = 'discarded';
const arnOf = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${resource}`;
const STREAM = arnOf('dynamodb', 'table/states/stream/1');
const PUBLISH = 'publish';

/** Sees a call before it is served; can answer it instead, or throw. */
export type Interception = (call: AwsRequest) => Promise<AwsResponse | undefined> | AwsResponse | undefined;

const AT_ONCE: Readonly<Record<string, number>> = { WaitTimeSeconds: 0 };

/** SQS answers a receive from an empty queue at once: the engine has no other servers to ask. */
const withoutLongPolls =
  (serve: Service): Service =>
  (request) => {
    if (request.action !== 'ReceiveMessage') return serve(request);
    return serve({ ...request, body: Buffer.from(JSON.stringify({ ...JSON.parse(request.body.toString()), ...AT_ONCE })) });
  };

const withDepth = (answer: AwsResponse, depth: number): AwsResponse => {
  const { Attributes } = JSON.parse(answer.body.toString());
  return { ...answer, body: JSON.stringify({ Attributes: { ...Attributes, ApproximateNumberOfMessages: `${depth}` } }) };
};

/**
 * The queues, table and event bus of a stack in this process, without its functions and without a template: ready in a
 * fraction of a second, for tests that call hundreds of commands.
 */
export const startStackInProcess = async () => {
  await using starting = new AsyncDisposableStack();
  let intercept: Interception = () => undefined;
  let depth: number | undefined;
  const calls: string[] = [];
  const services = new Map<string, Service>();
  const served =
    (serve: Service): Service =>
    async (call) => {
      if (!services.has(call.service)) services.set(call.service, serve);
      calls.push(call.action);
      const answer = (await intercept(call)) ?? (await serve(call));
      return depth !== undefined && call.action === 'GetQueueAttributes' ? withDepth(answer, depth) : answer;
    };

  const table = await startTable('dynalite', served);
  starting.defer(table.stop);
  const sqsEngine = await startSqs(REGION, undefined);
  starting.defer(sqsEngine.stop);
  const s3 = createS3();
  starting.defer(s3.stop);
  await s3.createBucket(BUCKET, false);
  const eventBridge = createEventBridge({ refusesEntry: () => false, onEvent: () => {}, send: async () => {} });
  eventBridge.buses.add(BUS);
  const poller = { drain: async () => {}, stop: async () => {} };
  const mapping = { id: 'mapping', sourceArn: STREAM, functionName: arnOf('lambda', `function:${PUBLISH}:live`) };
  const mappings = createEventSourceMappings([{ ...mapping, start: () => poller }]);
  const cloudWatch = createCloudWatch({ sample: () => {}, notify: async () => undefined } as never);
  for (const [name, service] of Object.entries({
    sqs: withoutLongPolls(sqsEngine.serve),
    s3: s3.serve,
    events: eventBridge.serve,
    lambda: mappings.serve,
    cloudwatch: cloudWatch.serve,
    sts: serveSts,
  })) {
    table.services.set(name, served(service));
  }

  const sqs = new SQSClient(localClient(table.url));
  const create = async (QueueName: string, Attributes: Record<string, string> = {}): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl as string;
  const keptFor14Days = { MessageRetentionPeriod: '1209600' };
  const dead = await create('dead', keptFor14Days);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf('sqs', 'dead'), maxReceiveCount: ATTEMPTS });
  const urls: Readonly<Record<QueueName, string>> = {
    queue: await create('queue', { RedrivePolicy }),
    dead,
    unpublished: await create('unpublished', keptFor14Days),
  };

  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-'));
  starting.defer(() => rm(folder, { recursive: true }));
  const stackFile = join(folder, 'stack.json');
  const writeStackFile = async (outputs: object = {}): Promise<void> => {
    const content = {
      awsEndpointUrl: table.url,
      region: REGION,
      outputs: {
        WebhookUrl: 'http://localhost:9',
        TableName: table.tableName,
        SecretId: 'secret',
        QueueUrl: urls.queue,
        DeadLetterQueueUrl: urls.dead,
        AlarmTopicArn: arnOf('sns', 'alarms'),
        ConcurrencyNeeded: '0',
        EventBusName: BUS,
        EventArchiveArn: arnOf('events', 'archive/events'),
        UnpublishedQueueUrl: urls.unpublished,
        DiscardedChangesBucket: BUCKET,
        EventCheckQueueUrl: urls.unpublished,
        EventListenerQueueUrl: urls.unpublished,
        TableStreamArn: STREAM,
        // The stack runs the release of this command line.
        Release: RELEASE,
        NotificationTypes: NOTIFICATION_TYPES.join(','),
        ...outputs,
      },
    };
    await writeFile(stackFile, JSON.stringify(content));
  };
  await writeStackFile();

  const receive = async (queue: QueueName) => {
    const request = { QueueUrl: urls[queue], MaxNumberOfMessages: 10, VisibilityTimeout: 600 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
    return Messages;
  };
  const giveBack = (queue: QueueName, ReceiptHandle: string | undefined) =>
    sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: urls[queue], ReceiptHandle, VisibilityTimeout: 0 }));
  const items = async (TableName = table.tableName): Promise<StoredItem[]> => {
    const all: StoredItem[] = [];
    for await (const { Items = [] } of paginateScan({ client: table.client }, { TableName })) all.push(...Items.map(plainItem));
    return all;
  };

  const remove = async ({ pk, sk }: StoredItem, TableName = table.tableName): Promise<void> => {
    await table.client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: `${pk}` }, sk: { S: `${sk}` } } }));
  };

  const running = starting.move();
  return {
    stackFile,
    writeStackFile,
    /** Puts an object into the bucket of discarded changes. */
    discard: (key: string, body: string) => s3.putObject(BUCKET, key, body),
    /** The name of the history, which the stack file has only if a test puts it there. */
    historyTableName: table.historyTableName,
    urls,
    sqs,
    /** The events on the bus. */
    events: eventBridge.events,
    /** The actions of all calls to AWS since `reset`. */
    calls: (): readonly string[] => calls,
    target: async (changes: Partial<Target> = {}): Promise<Target> => {
      // Later than the first command, which decides how the command line was called.
      const { findTarget } = await import('../../oncall/find-target.ts');
      return { ...(await findTarget({ stackFile })), ...changes };
    },
    /** Runs a command as it is typed, against this stack. */
    run: (...args: string[]) => callCommand([...args, '--stack-file', stackFile]),
    intercept: (next: Interception): void => {
      intercept = next;
    },
    /** Serves a call, which an interception may have changed. */
    forward: (call: AwsRequest): Promise<AwsResponse> => (services.get(call.service) as Service)(call),
    /** Makes SQS answer that every queue has this many messages. */
    pretendDepth: (next: number): void => {
      depth = next;
    },
    /** @returns the visibility timeouts, in seconds, with which a command receives messages if each queue seems to have so many */
    heldFor: async (count: number, command: () => Promise<unknown>): Promise<number[]> => {
      const held = new Set<number>();
      intercept = ({ action, body }) => {
        if (action === 'ReceiveMessage') held.add(JSON.parse(body.toString()).VisibilityTimeout);
        return undefined;
      };
      depth = count;
      await command();
      return [...held];
    },
    /** @returns SQS's message id */
    send: async (queue: QueueName, MessageBody: string): Promise<string> =>
      (await sqs.send(new SendMessageCommand({ QueueUrl: urls[queue], MessageBody }))).MessageId as string,
    /** Receives all visible messages of a queue, as another reader. @returns makes them visible again */
    hide: async (queue: QueueName): Promise<() => Promise<void>> => {
      const handles: (string | undefined)[] = [];
      for (let some = await receive(queue); some.length > 0; some = await receive(queue)) {
        handles.push(...some.map(({ ReceiptHandle }) => ReceiptHandle));
      }
      return async () => {
        for (const handle of handles) await giveBack(queue, handle);
      };
    },
    /** The bodies of all visible messages of a queue, sorted. */
    bodies: async (queue: QueueName): Promise<string[]> => {
      const bodies: string[] = [];
      const handles: (string | undefined)[] = [];
      for (let some = await receive(queue); some.length > 0; some = await receive(queue)) {
        bodies.push(...some.map(({ Body = '' }) => Body));
        handles.push(...some.map(({ ReceiptHandle }) => ReceiptHandle));
      }
      for (const handle of handles) await giveBack(queue, handle);
      return bodies.sort();
    },
    depthOf: sqsEngine.depthOf,
    put: async (item: Readonly<Record<string, string | number>>, TableName = table.tableName): Promise<void> => {
      const Item = Object.fromEntries(
        Object.entries(item).map(([name, value]) => [name, typeof value === 'number' ? { N: `${value}` } : { S: value }]),
      );
      await table.client.send(new PutItemCommand({ TableName, Item }));
    },
    items,
    remove,
    /** A client of the tables. */
    dynamodb: table.client,
    /** Empties the table and the queues, and intercepts no call. */
    reset: async (): Promise<void> => {
      intercept = () => undefined;
      depth = undefined;
      for (const QueueUrl of Object.values(urls)) await sqs.send(new PurgeQueueCommand({ QueueUrl }));
      for (const TableName of [table.tableName, table.historyTableName]) {
        for (const item of await items(TableName)) await remove(item, TableName);
      }
      await writeStackFile();
      calls.length = 0;
    },
    stop: () => running.disposeAsync(),
  };
};

export type StackInProcess = Awaited<ReturnType<typeof startStackInProcess>>;

/** Starts the parts once for the tests of a file, each of which finds them empty. */
export const useStackInProcess = (): StackInProcess => {
  let stack: StackInProcess;
  beforeAll(async () => {
    stack = await startStackInProcess();
  });
  afterAll(() => stack.stop());
  beforeEach(async () => {
    jest.restoreAllMocks();
    await stack.reset();
  });
  return new Proxy({} as StackInProcess, { get: (_, name) => stack[name as keyof StackInProcess] });
};
