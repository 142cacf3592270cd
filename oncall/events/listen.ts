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

/** A temporary rule on a bus, and the queue that is its target. */
export interface Listener {
  readonly ruleArn: string;
  readonly queueUrl: string;
  /** Waits a few seconds for the next events, and deletes them from the queue. */
  next(): Promise<BusEvent[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Clients {
  readonly eventBridge: EventBridgeClient;
  readonly sqs: SQSClient;
}

/**
 * Creates a rule and a queue, and deletes them on disposal. First deletes those that a killed listener left more than a day ago.
 *
 * @param pattern the event pattern of the rule
 */
export const listen = async (clients: Clients, bus: string, pattern: object): Promise<Listener> => {
  const { eventBridge, sqs } = clients;
  const { Rules = [] } = await eventBridge.send(new ListRulesCommand({ EventBusName: bus, NamePrefix: NAME_PREFIX }));
  for (const { Name = '' } of Rules) if (isAbandoned(Name)) await remove(clients, bus, Name);

  const name = `${NAME_PREFIX}${Date.now()}-${randomBytes(4).toString('hex')}`;
  const end = () => remove(clients, bus, name);
  const { ruleArn, queueUrl } = await create(clients, bus, name, pattern).catch(async (error) => {
    await end();
    throw error;
  });
  return {
    ruleArn,
    queueUrl,
    next: async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2 }),
      );
      if (Messages.length === 0) return [];
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      return Messages.map(({ Body = '' }) => JSON.parse(Body));
    },
    [Symbol.asyncDispose]: end,
  };
};

const create = async ({ eventBridge, sqs }: Clients, bus: string, name: string, pattern: object) => {
  const rule = {
    Name: name,
    EventBusName: bus,
    EventPattern: JSON.stringify(pattern),
    Description: 'Created by fractal-webhooks to listen to events, and deleted by it',
  };
  const { RuleArn: ruleArn = '' } = await eventBridge.send(new PutRuleCommand(rule));
  const { QueueUrl: queueUrl = '' } = await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: {
        MessageRetentionPeriod: String(DAY_MS / 1_000),
        SqsManagedSseEnabled: 'true',
        Policy: JSON.stringify(policyFor(ruleArn, queueArnOf(ruleArn, name))),
      },
    }),
  );
  const Targets = [{ Id: TARGET_ID, Arn: queueArnOf(ruleArn, name) }];
  const { FailedEntries = [] } = await eventBridge.send(new PutTargetsCommand({ Rule: name, EventBusName: bus, Targets }));
  const [failed] = FailedEntries;
  if (failed) throw new Error(`EventBridge rejected the queue: ${failed.ErrorMessage}`);
  return { ruleArn, queueUrl };
};

const isAbandoned = (name: string): boolean => {
  const [, at] = /-(\d{13})-[0-9a-f]{8}$/.exec(name) ?? [];
  return at !== undefined && Date.now() - Number(at) > DAY_MS;
};

/** Ignores parts that do not exist. */
const remove = async ({ eventBridge, sqs }: Clients, EventBusName: string, name: string): Promise<void> => {
  const unlessGone = (error: Error): undefined => {
    if (!/NotFound|NonExistent|DoesNotExist/.test(error.name)) throw error;
  };
  await eventBridge.send(new RemoveTargetsCommand({ Rule: name, EventBusName, Ids: [TARGET_ID] })).catch(unlessGone);
  await eventBridge.send(new DeleteRuleCommand({ Name: name, EventBusName })).catch(unlessGone);
  const found = await sqs.send(new GetQueueUrlCommand({ QueueName: name })).catch(unlessGone);
  if (found) await sqs.send(new DeleteQueueCommand({ QueueUrl: found.QueueUrl })).catch(unlessGone);
};

const queueArnOf = (ruleArn: string, name: string): string => {
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
