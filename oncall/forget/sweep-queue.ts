import { SQSClient } from '@aws-sdk/client-sqs';
import { createMessages } from '../../functions/queues/messages.ts';
import { type Held, withMessages } from '../../functions/queues/with-messages.ts';
import { nameOf } from '../message-name.ts';
import type { Mention } from '../person/mentions.ts';
import { queueAttributes } from '../queue-attributes.ts';
import type { Target } from '../target.ts';

/** A person's messages on a queue, by the names that commands take. */
export interface Swept {
  /** Their own messages: all that were deleted, or would be. */
  readonly own: string[];
  /** Those that the last sweep left to the user. */
  perhaps: string[];
  /** How many messages the last sweep did not read, because they are too many to put back. */
  unread: number;
}

const REWRITTEN_AT_MOST = 1_000;

export interface SweepOptions {
  readonly queueUrl: string;
  readonly remove: boolean;
  readonly stopping: AbortSignal;
  mentionIn(message: string): Mention;
}

/**
 * Finds a person's messages on a queue, and with `remove` deletes their own. Gives back all others. The main queue is not read
 * while it is empty, so that nothing is taken from apply, nor while it is long, because reading it writes each message anew.
 */
export const sweep = async (
  target: Target,
  swept: Swept,
  { queueUrl, remove, stopping, mentionIn }: SweepOptions,
): Promise<void> => {
  const { ApproximateNumberOfMessages, RedrivePolicy } = await queueAttributes(target, queueUrl);
  const visible = Number(ApproximateNumberOfMessages);
  const countsAttempts = RedrivePolicy !== undefined;
  swept.perhaps = [];
  swept.unread = countsAttempts && visible > REWRITTEN_AT_MOST ? visible : 0;
  if (countsAttempts && (visible === 0 || swept.unread > 0)) return;
  const queue = createMessages(new SQSClient(target.client), queueUrl, { countsAttempts });
  const work = async (held: Held): Promise<void> => {
    for (const message of held.messages) {
      stopping.throwIfAborted();
      const mention = mentionIn(message.body);
      if (mention === 'perhaps') swept.perhaps.push(nameOf(message));
      if (mention !== 'own') continue;
      if (remove) await held.delete(message);
      swept.own.push(nameOf(message));
    }
  };
  await withMessages(queue, holdSeconds(visible), work, { stopping });
};

/** Two minutes, and a second per hundred messages: long enough to read the queue, and to delete. */
const holdSeconds = (count: number): number => 120 + Math.ceil(count / 100);
