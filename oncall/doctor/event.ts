import { setTimeout as wait } from 'node:timers/promises';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SHOWN_WITHIN_MS } from '../delivery.ts';
import type { EventParts, Target } from '../target.ts';
import { type Finding, well, wrong } from './finding.ts';

/**
 * Follows the change that made this user up to its event, which the stack puts on a queue that is there for that.
 *
 * @param started when the table had it, epoch milliseconds
 */
export const checkEvent = async (
  target: Target,
  { checkQueueUrl }: EventParts,
  user: string,
  started: number,
): Promise<Finding> => {
  const sqs = new SQSClient(target.client);
  const look = { QueueUrl: checkQueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 1 };
  while (Date.now() - started < SHOWN_WITHIN_MS) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(look));
    const own = Messages.filter((message) => isAbout(message, user));
    for (const { ReceiptHandle } of own) await sqs.send(new DeleteMessageCommand({ QueueUrl: checkQueueUrl, ReceiptHandle }));
    if (own.length > 0) return well('event', `the change was published ${((Date.now() - started) / 1_000).toFixed(2)} s later`);
    if (Messages.length > 0) await wait(200);
  }
  return wrong(
    'event',
    `the change was not published after ${SHOWN_WITHIN_MS / 1_000} s`,
    'Lambda retries for as long as the stream keeps the change, a day. See events-behind in oncall/RUNBOOK.md.',
  );
};

const isAbout = ({ Body = '' }: Message, user: string): boolean => JSON.parse(Body).detail?.user_id === user;
