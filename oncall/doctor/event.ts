import { setTimeout as wait } from 'node:timers/promises';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { parseJson } from '../../functions/core/json.ts';
import { SHOWN_WITHIN_MS } from '../delivery.ts';
import type { EventParts, Target } from '../target.ts';
import { type Finding, ok, wrong } from './finding.ts';

/**
 * Waits for the event of a test user's change. The stack has a dedicated queue for these events.
 *
 * @param started when the change was in the table, in epoch milliseconds
 */
export const checkEvent = async (
  target: Target,
  { checkQueueUrl }: EventParts,
  user: string,
  started: number,
): Promise<Finding> => {
  const sqs = new SQSClient(target.client);
  const request = { QueueUrl: checkQueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 1 };
  while (Date.now() - started < SHOWN_WITHIN_MS) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
    const own = Messages.filter((message) => isAbout(message, user));
    for (const { ReceiptHandle } of own) await sqs.send(new DeleteMessageCommand({ QueueUrl: checkQueueUrl, ReceiptHandle }));
    if (own.length > 0) return ok('event', `published after another ${((Date.now() - started) / 1_000).toFixed(2)} s`);
    if (Messages.length > 0) await wait(200);
  }
  return wrong(
    'event',
    `not published after ${SHOWN_WITHIN_MS / 1_000} s`,
    'Lambda retries for a day, as long as the stream keeps the change. See events-behind in oncall/RUNBOOK.md.',
  );
};

// Stryker disable next-line StringLiteral: every message has a body.
const isAbout = ({ Body = '' }: Message, user: string): boolean => Object(parseJson(Body)).detail?.user_id === user;
