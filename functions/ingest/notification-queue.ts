import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Envelope, encodeEnvelope } from '../core/envelope.ts';
import type { Surroundings } from './receive.ts';

export interface NotificationQueue {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
}

/** The two queues that ingest sends to. A call returns only once SQS has confirmed the message. */
export const createNotificationQueue = ({ client, queueUrl, deadLetterQueueUrl }: NotificationQueue): Surroundings['queue'] => {
  const send = async (QueueUrl: string, envelope: Envelope, abortSignal: AbortSignal): Promise<void> => {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: encodeEnvelope(envelope) }), { abortSignal });
  };
  return {
    accept: (envelope, signal) => send(queueUrl, envelope, signal),
    park: (envelope, signal) => send(deadLetterQueueUrl, envelope, signal),
  };
};
