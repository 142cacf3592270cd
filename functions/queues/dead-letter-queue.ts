import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { HeldMessage } from '../core/held-message.ts';
import { createMessages } from './messages.ts';

export interface DeadLetterQueueSettings {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
}

/** The dead-letter queue of a stack, and its source queue. */
export const createDeadLetterQueue = ({ sqs, queueUrl, deadLetterQueueUrl }: DeadLetterQueueSettings) => {
  const attributesOf = async (QueueUrl: string): Promise<Partial<Record<QueueAttributeName, string>>> => {
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    return Attributes;
  };

  return {
    ...createMessages(sqs, deadLetterQueueUrl),

    /**
     * About how many visible (`count`) and invisible (`hidden`) messages it has, how many the source queue has, how long it keeps messages
     * (milliseconds), and how many attempts a message has.
     */
    facts: async () => {
      const [own, source] = await Promise.all([attributesOf(deadLetterQueueUrl), attributesOf(queueUrl)]);
      return {
        count: Number(own.ApproximateNumberOfMessages),
        hidden: Number(own.ApproximateNumberOfMessagesNotVisible),
        queued: Number(source.ApproximateNumberOfMessages) + Number(source.ApproximateNumberOfMessagesNotVisible),
        retentionMs: Number(own.MessageRetentionPeriod) * 1_000,
        attempts: Number(JSON.parse(source.RedrivePolicy ?? '{}').maxReceiveCount),
      };
    },

    /** Sends a message to the source queue, then deletes it here: a crash in between leaves it on both. */
    redrive: async ({ body, receiptHandle }: HeldMessage): Promise<void> => {
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: deadLetterQueueUrl, ReceiptHandle: receiptHandle }));
    },

    /** Puts a body on the dead-letter queue itself. */
    put: async (body: string): Promise<void> => {
      await sqs.send(new SendMessageCommand({ QueueUrl: deadLetterQueueUrl, MessageBody: body }));
    },
  };
};

export type DeadLetterQueue = ReturnType<typeof createDeadLetterQueue>;
