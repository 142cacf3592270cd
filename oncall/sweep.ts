import { SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../functions/core/dead-letter.ts';
import { decodeEnvelope } from '../functions/core/envelope.ts';
import { createMessages } from '../functions/dead-letters/messages.ts';
import { mentions } from './mentions.ts';
import type { Target } from './target.ts';

// Long enough to read a whole queue, and to delete.
const HIDE_SECONDS = 120;

/** A person's messages on a queue: how many, and the ids of messages that may be about them. */
export interface Swept {
  readonly found: number;
  readonly perhaps: readonly string[];
}

/** Finds the messages of a queue that name one of these ids; with `remove`, deletes them. Releases all others. */
export const sweep = async (target: Target, queueUrl: string, ids: readonly string[], remove: boolean): Promise<Swept> => {
  const messages = createMessages(new SQSClient(target.client), queueUrl);
  const deadLetters = new Map<string, DeadLetter>();
  try {
    await messages.takeAll(HIDE_SECONDS, deadLetters);
    const by = Map.groupBy(deadLetters.values(), ({ body }) => mentions(body, ids));
    const found = by.get('yes') ?? [];
    if (remove) {
      for (const deadLetter of found) {
        await messages.delete(deadLetter);
        deadLetters.delete(deadLetter.messageId);
      }
    }
    const perhaps = (by.get('perhaps') ?? []).map(({ body, messageId }) => decodeEnvelope(body)?.id ?? messageId);
    return { found: found.length, perhaps };
  } finally {
    await messages.release([...deadLetters.values()]);
  }
};
