import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { ACCOUNT_ID } from './account.ts';
import type { DeliveredEvent } from './engines/delivered-event.ts';
import type { Call } from './iam/policy.ts';
import { functionNameIn } from './resources/function.ts';
import type { LocalFunction } from './runtime/local-function.ts';

export interface EventTargetsOptions {
  readonly sqs: SQSClient;
  readonly endpointUrl: string;
  readonly functions: readonly LocalFunction[];
  /** Why EventBridge may not do this, by the policy of the resource; `undefined` if it may. */
  refusalOf(call: Call): string | undefined;
  say(problem: string): void;
}

/** Hands events to the queues and functions that rules lead to. EventBridge would try again for a day; this says what failed. */
export const createEventTargets = ({ sqs, endpointUrl, functions, refusalOf, say }: EventTargetsOptions) => {
  const deliver = async (ruleArn: string, targetArn: string, event: DeliveredEvent): Promise<void> => {
    const target = functions.find(({ code }) => code.name === functionNameIn(targetArn));
    if (target) return void (await target.invoke(event));
    const [, service, name] = /^arn:aws:(\w+):[^:]*:\d+:(.+)$/.exec(targetArn) ?? [];
    if (service !== 'sqs') throw new Error('the local EventBridge reaches the queues and functions of the stack alone');
    const refusal = refusalOf({ action: 'sqs:SendMessage', resource: targetArn, context: { 'aws:SourceArn': [ruleArn] } });
    if (refusal !== undefined) throw new Error(refusal);
    const QueueUrl = `${endpointUrl}/${ACCOUNT_ID}/${name}`;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(event) }));
  };

  return (ruleArn: string, targetArn: string, event: DeliveredEvent): void => {
    deliver(ruleArn, targetArn, event).catch((error) =>
      say(`The event ${event.id} did not reach ${targetArn}: ${(error as Error).message}`),
    );
  };
};
