import { randomBytes } from 'node:crypto';
import {
  DeleteRuleCommand,
  type EventBridgeClient,
  ListRulesCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { BusEvent } from './bus-event.ts';

const NAME_PREFIX = 'fractal-webhooks-listener-';
const TARGET_ID = 'listener';
const DAY_MS = 86_400_000;

/** One listener to a bus: its rule, and the queue that the rule leads to. */
export interface Listener {
  readonly ruleArn: string;
  readonly queueUrl: string;
  /** The next events, after some seconds at most; none if there were none. They are taken off the queue. */
  next(): Promise<BusEvent[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Clients {
  readonly eventBridge: EventBridgeClient;
  readonly sqs: SQSClient;
}

/**
 * Listens to a bus by a rule and a queue that are made for it, and removed with it. What a listener of more than a day ago has left behind,
 * for it was killed, is removed first.
 *
 * @param pattern of the rule
 */
export const listen = async ({ eventBridge, sqs }: Clients, bus: string, pattern: object): Promise<Listener> => {
  const { Rules = [] } = await eventBridge.send(new ListRulesCommand({ EventBusName: bus, NamePrefix: NAME_PREFIX }));
  for (const { Name = '' } of Rules) if (isAbandoned(Name)) await remove({ eventBridge, sqs }, bus, Name);

  const name = `${NAME_PREFIX}${Date.now()}-${randomBytes(4).toString('hex')}`;
  await using made = new AsyncDisposableStack();
  made.defer(() => remove({ eventBridge, sqs }, bus, name));
  const rule = {
    Name: name,
    EventBusName: bus,
    EventPattern: JSON.stringify(pattern),
    Description: 'Made by fractal-webhooks to listen to events, and removed by it',
  };
  const { RuleArn: ruleArn = '' } = await eventBridge.send(new PutRuleCommand(rule));
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: {
        MessageRetentionPeriod: String(DAY_MS / 1_000),
        SqsManagedSseEnabled: 'true',
        Policy: JSON.stringify(policyFor(ruleArn, queueArnBeside(ruleArn, name))),
      },
    }),
  );
  const Targets = [{ Id: TARGET_ID, Arn: queueArnBeside(ruleArn, name) }];
  const { FailedEntries = [] } = await eventBridge.send(new PutTargetsCommand({ Rule: name, EventBusName: bus, Targets }));
  const [failed] = FailedEntries;
  if (failed) throw new Error(`EventBridge does not take the queue: ${failed.ErrorMessage}`);

  const keep = made.move();
  return {
    ruleArn,
    queueUrl: QueueUrl ?? '',
    next: async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2 }),
      );
      if (Messages.length === 0) return [];
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      return Messages.map(({ Body = '' }) => JSON.parse(Body));
    },
    [Symbol.asyncDispose]: () => keep.disposeAsync(),
  };
};

const isAbandoned = (name: string): boolean => {
  const [, at] = /-(\d{13})-[0-9a-f]{8}$/.exec(name) ?? [];
  return at !== undefined && Date.now() - Number(at) > DAY_MS;
};

/** Goes on where something of it was never made, or is gone. */
const remove = async ({ eventBridge, sqs }: Clients, EventBusName: string, name: string): Promise<void> => {
  const unlessGone = (error: Error): undefined => {
    if (!/NotFound|NonExistent|DoesNotExist/.test(error.name)) throw error;
  };
  await eventBridge.send(new RemoveTargetsCommand({ Rule: name, EventBusName, Ids: [TARGET_ID] })).catch(unlessGone);
  await eventBridge.send(new DeleteRuleCommand({ Name: name, EventBusName })).catch(unlessGone);
  const found = await sqs.send(new GetQueueUrlCommand({ QueueName: name })).catch(unlessGone);
  if (found) await sqs.send(new DeleteQueueCommand({ QueueUrl: found.QueueUrl })).catch(unlessGone);
};

const queueArnBeside = (ruleArn: string, name: string): string => {
  const [, partition, , region, account] = ruleArn.split(':');
  return `arn:${partition}:sqs:${region}:${account}:${name}`;
};

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html */
const policyFor = (ruleArn: string, Resource: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource,
      Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } },
    },
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 'sqs:*',
      Resource,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ],
});
