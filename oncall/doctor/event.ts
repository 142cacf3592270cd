import { setTimeout as wait } from 'node:timers/promises';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NOT_ASKED } from '../../functions/core/forwarded.ts';
import { parseJson } from '../../functions/core/json.ts';
import { CALLED } from '../called.ts';
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
  if (await receiveOwn(target.client, checkQueueUrl, started, (message) => eventIn(message, user)))
    return ok('event', `published after another ${((Date.now() - started) / 1_000).toFixed(2)} s`);
  return wrong(
    'event',
    `not published after ${SHOWN_WITHIN_MS / 1_000} s`,
    'Lambda retries for a day, as long as the stream keeps the change. See events-behind in oncall/RUNBOOK.md.',
  );
};

/**
 * Waits for the answer of the backend of `forwardTo` to the event of a test user.
 *
 * @param started when the event was published, in epoch milliseconds
 */
export const checkBackend = async (
  { client, forwardUrl, options }: Target,
  { checkQueueUrl }: EventParts,
  user: string,
  started: number,
): Promise<Finding> => {
  const answer = await receiveOwn(client, checkQueueUrl, started, (message) => forwardedIn(message, user));
  const after = `after another ${((Date.now() - started) / 1_000).toFixed(2)} s`;
  if (answer === 'taken') return ok('backend', `${forwardUrl} has taken the event ${after}`);
  return answer === undefined
    ? wrong(
        'backend',
        `${forwardUrl} was not asked within ${SHOWN_WITHIN_MS / 1_000} s`,
        `See whether events wait: ${CALLED} events unforwarded${options}`,
      )
    : wrong(
        'backend',
        `${forwardUrl} ${answer} ${after}`,
        answer.startsWith(NOT_ASKED)
          ? 'If AWS has no outage, deploy the stack again. Events are retried for a day.'
          : 'Fix the backend. Other events are retried for a day.',
      );
};

/** What of its own a message on the queue says, until `SHOWN_WITHIN_MS` is over. It is deleted then. */
const receiveOwn = async <T>(
  client: Target['client'],
  QueueUrl: string,
  started: number,
  read: (message: Message) => T | undefined,
): Promise<T | undefined> => {
  const sqs = new SQSClient(client);
  const request = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 1 };
  while (Date.now() - started < SHOWN_WITHIN_MS) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
    let found: T | undefined;
    for (const message of Messages) {
      const own = read(message);
      if (own === undefined) continue;
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      found = own;
    }
    if (found !== undefined) return found;
    if (Messages.length > 0) await wait(200);
  }
  return undefined;
};

// Stryker disable next-line StringLiteral: every message has a body.
const contentOf = ({ Body = '' }: Message) => Object(parseJson(Body));

const eventIn = (message: Message, user: string): true | undefined => {
  const { detail, forwarded } = contentOf(message);
  return (detail?.user_id === user && forwarded === undefined) || undefined;
};

const forwardedIn = (message: Message, user: string): string | undefined => {
  const { detail, forwarded } = contentOf(message);
  return detail?.user_id === user && typeof forwarded === 'string' ? forwarded : undefined;
};
