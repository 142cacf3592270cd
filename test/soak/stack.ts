import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { freePort } from '../../emulator/engines/dynamodb/free-port.ts';
import { EVENT_SOURCE } from '../../functions/core/event.ts';
import { DEFAULT_STACK_FILE, readStackFile } from '../../local/disk/stack-file.ts';
import { runStack } from '../support/running-stack.ts';
import { createStackClient, type StackClient } from '../support/stack-client.ts';
import type { Json } from '../support/templates.ts';

export type Counts = Readonly<Record<string, number>>;

/** The local stack under test. */
export interface SoakedStack {
  /** The current client. A restart changes the AWS endpoint. */
  client(): StackClient;
  /** The current stack file, for the command line. */
  stackFile(): string;
  /** The current URL of the queue that receives all events. */
  eventQueueUrl(): string;
  /** The outcomes in the functions' logs and the injected faults, over all restarts. */
  counts(): Promise<{ readonly outcomes: Counts; readonly injected: Counts }>;
  /** Kills the whole stack, and restarts it with its data; `undefined` if it does not keep data. */
  readonly restart: (() => Promise<void>) | undefined;
  stop(): Promise<void>;
}

/** The stack that `npm start` runs, if any. It is left running. */
export const attachToRunning = async (): Promise<SoakedStack | undefined> => {
  const file = await readStackFile(DEFAULT_STACK_FILE);
  if (!file) return undefined;
  const client = createStackClient(file);
  const answers = await countsOf(client).catch(() => undefined);
  if (!answers) return undefined;
  const { awsEndpointUrl: endpoint, region, eventBusName } = file;
  if (eventBusName === undefined)
    throw new Error('The running stack has no change events. Start it with changeEvents enabled, which is the default.');
  const credentials = { accessKeyId: 'soak', secretAccessKey: 'local' };
  const eventBridge = new EventBridgeClient({ endpoint, region, credentials });
  const rule = { EventBusName: eventBusName, Name: `soak-${Date.now()}` };
  const { QueueUrl } = await client.sqs.send(new CreateQueueCommand({ QueueName: rule.Name }));
  const EventPattern = JSON.stringify({ source: [EVENT_SOURCE] });
  const { RuleArn = '' } = await eventBridge.send(new PutRuleCommand({ ...rule, EventPattern }));
  const Arn = RuleArn.replace(':events:', ':sqs:').replace(/rule\/.*/, rule.Name);
  const target = { EventBusName: eventBusName, Rule: rule.Name };
  await eventBridge.send(new PutTargetsCommand({ ...target, Targets: [{ Id: 'heard', Arn }] }));
  return {
    client: () => client,
    stackFile: () => DEFAULT_STACK_FILE,
    eventQueueUrl: () => QueueUrl ?? '',
    counts: () => countsOf(client),
    restart: undefined,
    stop: async () => {
      await eventBridge.send(new RemoveTargetsCommand({ ...target, Ids: ['heard'] }));
      await eventBridge.send(new DeleteRuleCommand(rule));
      await client.sqs.send(new DeleteQueueCommand({ QueueUrl }));
    },
  };
};

export interface OwnStackSettings {
  readonly dynamodb: string;
  /** In seconds. */
  readonly visibilityTimeout: number;
  /** Whether it keeps its data on disk, and so can be killed and restarted. */
  readonly keepsData: boolean;
}

/** Starts the soak's own stack. Its data is removed at the end. */
export const startOwn = async ({ dynamodb, visibilityTimeout, keepsData }: OwnStackSettings): Promise<SoakedStack> => {
  const data = await mkdtemp(join(tmpdir(), 'fractal-webhooks-soak-'));
  const args = [
    '--dynamodb',
    dynamodb,
    '--visibility-timeout',
    String(visibilityTimeout),
    ...(keepsData ? ['--data', data] : []),
  ];
  // The port must survive restarts, because Fractal has only one URL.
  const settings = { args, tokens: 'soak', port: await freePort(), quiet: true, change: hearAll };
  let running = await runStack(settings);
  let before = { outcomes: {}, injected: {} };

  const counts = async () => {
    const now = await countsOf(running);
    return { outcomes: sum(before.outcomes, now.outcomes), injected: sum(before.injected, now.injected) };
  };
  const restart = async (): Promise<void> => {
    before = await counts();
    await running.kill();
    running = await runStack(settings);
  };
  return {
    client: () => running,
    stackFile: () => running.stackFile,
    eventQueueUrl: () => running.queueUrl.replace(/[^/]+$/, `FractalWebhooks-${HEARD}`),
    counts,
    restart: keepsData ? restart : undefined,
    stop: async () => {
      await running.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
};

const HEARD = 'SoakHeard';

/** Adds a rule to the template that sends all events to a queue. */
const hearAll = ({ Resources }: Json): void => {
  const [bus] = Object.entries<Json>(Resources).find(([, { Type }]) => Type === 'AWS::Events::EventBus') ?? [];
  const Arn = { 'Fn::GetAtt': [HEARD, 'Arn'] };
  const Principal = { Service: 'events.amazonaws.com' };
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sqs:SendMessage', Resource: Arn }];
  Object.assign(Resources, {
    [HEARD]: { Type: 'AWS::SQS::Queue', Properties: {} },
    SoakRule: {
      Type: 'AWS::Events::Rule',
      Properties: { EventBusName: { Ref: bus }, EventPattern: { source: [EVENT_SOURCE] }, Targets: [{ Id: 'heard', Arn }] },
    },
    SoakPolicy: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: [{ Ref: HEARD }], PolicyDocument: { Statement } } },
  });
};

const countsOf = async ({ view }: StackClient) => ({
  outcomes: await view<Counts>('outcomes'),
  injected: await view<Counts>('injected'),
});

const sum = (a: Counts, b: Counts): Counts => {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
};
