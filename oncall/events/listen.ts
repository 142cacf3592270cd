import { randomBytes } from 'node:crypto';
import {
  DeleteRuleCommand,
  type EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { LISTENER_PREFIX } from '../../functions/core/stack-contract.ts';
import { explainError } from '../failure.ts';
import type { EventParts } from '../target.ts';
import type { BusEvent } from './bus-event.ts';
import { createListenerQueue } from './listener-queue.ts';
import { isLeftOver, queueArnOf, rulesOn, targetsOf } from './rules.ts';

const TARGET_ID = 'listener';

/** A temporary rule on a bus. Its target is the queue that all listeners of the stack share. */
export interface Listener {
  readonly ruleArn: string;
  /** Waits a few seconds for the next events, and deletes them from the queue. */
  next(): Promise<BusEvent[]>;
  /** All events that are on the queue, even if there are many of other listeners. Deletes them from the queue. */
  rest(): Promise<BusEvent[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Clients {
  readonly eventBridge: EventBridgeClient;
  readonly sqs: SQSClient;
}

/**
 * Creates a rule, and deletes it on disposal. First deletes rules that killed listeners have left.
 *
 * @param pattern the event pattern of the rule
 */
export const listen = async (
  { eventBridge, sqs }: Clients,
  { busName, busArn, listenerQueueUrl }: Pick<EventParts, 'busName' | 'busArn' | 'listenerQueueUrl'>,
  pattern: object,
): Promise<Listener> => {
  for (const { Name = '' } of await rulesOn(eventBridge, busName, LISTENER_PREFIX)) {
    if (isLeftOver(Name, Date.now())) await remove(eventBridge, busName, Name);
  }
  const name = `${LISTENER_PREFIX}${Date.now()}-${randomBytes(4).toString('hex')}`;
  const end = () => remove(eventBridge, busName, name);
  const ruleArn = await create(eventBridge, busName, name, pattern, queueArnOf(busArn, listenerQueueUrl)).catch(async (error) => {
    await end();
    throw error;
  });
  const listeners = async () => (await rulesOn(eventBridge, busName, LISTENER_PREFIX)).map(({ Name = '' }) => Name);
  const dispose = () =>
    end().catch((error) =>
      console.error(
        `warning: The temporary rule ${name} was not deleted: ${explainError(error)} The next listener deletes it, a day after its creation.`,
      ),
    );
  return { ruleArn, ...createListenerQueue(sqs, listenerQueueUrl, name, listeners), [Symbol.asyncDispose]: dispose };
};

const create = async (
  eventBridge: EventBridgeClient,
  bus: string,
  name: string,
  pattern: object,
  queueArn: string,
): Promise<string> => {
  const rule = {
    Name: name,
    EventBusName: bus,
    EventPattern: JSON.stringify(pattern),
    Description: 'Created by fractal-webhooks to listen to events, and deleted by it',
  };
  const { RuleArn = '' } = await eventBridge.send(new PutRuleCommand(rule));
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html#eb-transform-input-predefined
  const InputTransformer = { InputTemplate: `{"listener":"${name}","event":<aws.events.event.json>}` };
  const Targets = [{ Id: TARGET_ID, Arn: queueArn, InputTransformer }];
  const { FailedEntries = [] } = await eventBridge.send(new PutTargetsCommand({ Rule: name, EventBusName: bus, Targets }));
  const [failed] = FailedEntries;
  if (failed) throw new Error(`EventBridge rejected the queue: ${failed.ErrorMessage}`);
  return RuleArn;
};

/** Ignores parts that do not exist. A rule can be deleted only without targets (AWS). */
const remove = async (eventBridge: EventBridgeClient, EventBusName: string, name: string): Promise<void> => {
  try {
    const Ids = (await targetsOf(eventBridge, EventBusName, name)).map(({ Id = '' }) => Id);
    if (Ids.length > 0) await eventBridge.send(new RemoveTargetsCommand({ Rule: name, EventBusName, Ids }));
    await eventBridge.send(new DeleteRuleCommand({ Name: name, EventBusName }));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) throw error;
  }
};
