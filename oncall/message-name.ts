import { decodeEnvelope } from '../functions/core/envelope.ts';
import type { HeldMessage } from '../functions/core/held-message.ts';

/** The id of a message that a command can take: the delivery id; SQS's message id if there is none, or none that can be typed. */
export const nameOf = ({ body, messageId }: Pick<HeldMessage, 'body' | 'messageId'>): string => {
  const id = decodeEnvelope(body)?.id ?? messageId;
  return /^\w[\w-]{0,63}$/.test(id) ? id : messageId;
};
