import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { aContext } from '../support/lambda.ts';
import type { Apply } from './functions.ts';

/** A queue in moto, with what consumers need. */
export const createQueue = (sqs: SQSClient, QueueUrl: string) => {
  const receive = async (): Promise<Message[]> =>
    (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))).Messages ?? [];
  const remove = ({ ReceiptHandle }: Message) => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  // Simulates the end of the visibility timeout, to save time.
  const makeVisible = ({ ReceiptHandle }: Message) =>
    sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));

  return {
    /** Receives and deletes up to ten messages. */
    take: async (): Promise<Message[]> => {
      const messages = await receive();
      await Promise.all(messages.map(remove));
      return messages;
    },

    /**
     * Invokes apply with a batch, as Lambda does: messages that it reports, or all if it throws, stay on the queue.
     * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
     *
     * @returns the number of messages in the batch
     */
    feed: async (apply: Apply): Promise<number> => {
      const messages = await receive();
      const Records = messages.map(({ MessageId, Body }) => ({ messageId: MessageId, body: Body }));
      const all = Records.map(({ messageId }) => ({ itemIdentifier: messageId as string }));
      const { batchItemFailures } = await apply({ Records } as SQSEvent, aContext(10_000)).catch(() => ({
        batchItemFailures: all,
      }));
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      await Promise.all(messages.map((one) => (failed.has(one.MessageId ?? '') ? makeVisible(one) : remove(one))));
      return messages.length;
    },

    /** The number of messages, visible and hidden. */
    depth: async (): Promise<number> => {
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
      return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
    },
  };
};
