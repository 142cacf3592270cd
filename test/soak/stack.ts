import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../functions/core/event.ts';
import { freePort } from '../../local/free-port.ts';
import { DEFAULT_STACK_FILE, readStackFile } from '../../local/stack-file.ts';
import { listen } from '../../oncall/events/listen.ts';
import { runStack } from '../support/running-stack.ts';
import { createStackClient, type StackClient } from '../support/stack-client.ts';
import type { Json } from '../support/templates.ts';

export type Counts = Readonly<Record<string, number>>;

/** The local stack that is soaked. */
export interface SoakedStack {
  /** As it is now: after a restart the AWS endpoint is elsewhere. */
  client(): StackClient;
  /** The queue to which a rule sends all events, by the stack as it is now. */
  eventQueueUrl(): string;
  /** What the functions' logs told, and which faults were injected, over all restarts. */
  counts(): Promise<{ readonly outcomes: Counts; readonly injected: Counts }>;
  /** Kills the whole stack, and starts it again with what it has kept. Only of a stack that keeps its data. */
  readonly restart: (() => Promise<void>) | undefined;
  stop(): Promise<void>;
}

/** The stack that `npm start` runs, if it does. It is left running. */
export const attachToRunning = async (): Promise<SoakedStack | undefined> => {
  const file = await readStackFile(DEFAULT_STACK_FILE);
  if (!file) return undefined;
  const client = createStackClient(file);
  const answers = await countsOf(client).catch(() => undefined);
  if (!answers) return undefined;
  const { awsEndpointUrl: endpoint, region, eventBusName } = file;
  if (eventBusName === undefined)
    throw new Error('The running stack has no events: start it with changeEvents, as it is by default.');
  const credentials = { accessKeyId: 'soak', secretAccessKey: 'local' };
  const eventBridge = new EventBridgeClient({ endpoint, region, credentials });
  const listener = await listen({ eventBridge, sqs: client.sqs }, eventBusName, { source: [EVENT_SOURCE] });
  return {
    client: () => client,
    eventQueueUrl: () => listener.queueUrl,
    counts: () => countsOf(client),
    restart: undefined,
    stop: () => listener[Symbol.asyncDispose](),
  };
};

export interface OwnStackSettings {
  readonly dynamodb: string;
  /** Seconds. */
  readonly visibilityTimeout: number;
  /** Whether it keeps its data, and so can be killed and started again. */
  readonly keepsData: boolean;
}

/** A stack of the soak's own, whose data is removed in the end. */
export const startOwn = async ({ dynamodb, visibilityTimeout, keepsData }: OwnStackSettings): Promise<SoakedStack> => {
  const data = await mkdtemp(join(tmpdir(), 'fractal-webhooks-soak-'));
  const args = [
    '--dynamodb',
    dynamodb,
    '--visibility-timeout',
    String(visibilityTimeout),
    ...(keepsData ? ['--data', data] : []),
  ];
  // Fractal knows one URL, and so the port must stay.
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

/** Adds to a template a rule that sends all events to a queue. */
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
