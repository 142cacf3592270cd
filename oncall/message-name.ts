import type { DeadLetter } from '../functions/core/dead-letter.ts';
import { decodeEnvelope } from '../functions/core/envelope.ts';

/** The id of a message that a command can take: the delivery id; SQS's message id if there is none, or none that can be typed. */
export const nameOf = ({ body, messageId }: Pick<DeadLetter, 'body' | 'messageId'>): string => {
  const id = decodeEnvelope(body)?.id ?? messageId;
  return /^\w[\w-]{0,63}$/.test(id) ? id : messageId;
};
