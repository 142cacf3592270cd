import { ACCOUNT_ID } from './account.ts';
import type { Service } from './endpoint/request.ts';
import { callThrough } from './engines/call-through.ts';
import type { DeliveredEvent } from './engines/delivered-event.ts';
import type { Call } from './iam/policy.ts';
import { functionNameIn } from './resources/function.ts';
import type { LocalFunction } from './runtime/local-function.ts';

export interface EventTargetsOptions {
  readonly sqs: Service;
  readonly endpointUrl: string;
  readonly functions: readonly LocalFunction[];
  /** Why EventBridge may not do this, by the policy of the resource; `undefined` if it may. */
  refusalOf(call: Call): string | undefined;
  say(problem: string): void;
}

/**
 * Hands events to the queues and functions that rules lead to. What is fulfilled is on its queue; a function is invoked meanwhile. EventBridge
 * would try again for a day; this says what failed.
 */
export const createEventTargets = ({ sqs, endpointUrl, functions, refusalOf, say }: EventTargetsOptions) => {
  return async (ruleArn: string, targetArn: string, event: DeliveredEvent): Promise<void> => {
    const complain = (error: Error): void => say(`The event ${event.id} did not reach ${targetArn}: ${error.message}`);
    const target = functions.find(({ code }) => code.name === functionNameIn(targetArn));
    if (target) return void target.invoke(event).catch(complain);
    const [, service, name] = /^arn:aws:(\w+):[^:]*:\d+:(.+)$/.exec(targetArn) ?? [];
    if (service !== 'sqs') return complain(new Error('only queues and functions of the stack are reached here'));
    const refusal = refusalOf({ action: 'sqs:SendMessage', resource: targetArn, context: { 'aws:SourceArn': [ruleArn] } });
    if (refusal !== undefined) return complain(new Error(refusal));
    const QueueUrl = `${endpointUrl}/${ACCOUNT_ID}/${name}`;
    await callThrough(sqs, 'sqs', 'SendMessage', { QueueUrl, MessageBody: JSON.stringify(event) }).catch(complain);
  };
};
