import { ACCOUNT_ID, functionNameIn } from '../../aws/account.ts';
import { callThrough } from '../../aws/call-through.ts';
import type { Service } from '../../aws/request.ts';
import type { Call } from '../../iam/policy.ts';
import { invokeAsynchronously } from '../../runtime/asynchronous.ts';
import type { LocalFunction } from '../../runtime/local-function.ts';
import type { DeliveredEvent } from './delivered-event.ts';
import { inputOf, type RuleTarget } from './rules.ts';

export interface EventTargetsOptions {
  readonly sqs: Service;
  readonly endpointUrl: string;
  readonly functions: readonly LocalFunction[];
  /** Why the resource's policy denies EventBridge this call; `undefined` if it allows it. */
  refusalOf(call: Call): string | undefined;
  onFailure(failure: Failure): void;
  onLine(line: string): void;
}

/** An event that was not delivered. */
export interface Failure {
  readonly ruleArn: string;
  readonly targetArn: string;
  readonly event: DeliveredEvent;
  readonly problem: string;
}

/**
 * Sends events to the targets of rules: queues and functions. The promise resolves when the event is on its queue; it does not
 * wait for functions. Failures are reported, not retried; EventBridge retries for a day. What a function fails on is delivered.
 */
export const createEventTargets = ({ sqs, endpointUrl, functions, refusalOf, onFailure, onLine }: EventTargetsOptions) => {
  const send = (queue: string, MessageBody: string) =>
    callThrough(sqs, 'sqs', 'SendMessage', { QueueUrl: `${endpointUrl}/${ACCOUNT_ID}/${queue}`, MessageBody });

  const invoke = (target: LocalFunction, id: string, input: string): Promise<void> => {
    const { deadLetterQueueArn } = target.code;
    const queue = deadLetterQueueArn?.split(':').at(-1);
    return invokeAsynchronously(target, JSON.parse(input), {
      onFailure: (problem, left) =>
        onLine(
          `The event ${id} failed, ${left === 0 ? kept(queue) : `and is tried ${left === 1 ? 'again' : 'twice more'}`}: ${problem}`,
        ),
      giveUp: async () => void (queue !== undefined && (await send(queue, input))),
    });
  };

  return async (ruleArn: string, ruleTarget: RuleTarget, event: DeliveredEvent): Promise<void> => {
    const { Arn: targetArn } = ruleTarget;
    const complain = ({ message }: Error): void => onFailure({ ruleArn, targetArn, event, problem: message });
    const target = functions.find(({ code }) => code.name === functionNameIn(targetArn));
    if (target) return void invoke(target, event.id, inputOf(ruleTarget, event)).catch(complain);
    const [, service, name] = /^arn:aws:(\w+):[^:]*:\d+:(.+)$/.exec(targetArn) ?? [];
    if (service !== 'sqs') return complain(new Error('the local stack supports only its own queues and functions as targets'));
    const refusal = refusalOf({ action: 'sqs:SendMessage', resource: targetArn, context: { 'aws:SourceArn': [ruleArn] } });
    if (refusal !== undefined) return complain(new Error(refusal));
    await send(String(name), inputOf(ruleTarget, event)).catch(complain);
  };
};

const kept = (queue: string | undefined): string =>
  queue === undefined ? 'and is lost, because its function has no deadLetterQueue' : `and is on the queue ${queue}`;
