import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Target } from '../target.ts';
import { inLanes } from './lanes.ts';
import type { Letter } from './letter.ts';

const LANES = 8;
const MESSAGES_PER_CALL = 10; // AWS's limit

/** The dead-letter queue of a stack, and the queue that its messages came from. */
export const createDeadLetterQueue = ({ client, queueUrl, deadLetterQueueUrl }: Target) => {
  const sqs = new SQSClient(client);

  const receive = async (hideForSeconds: number): Promise<Letter[]> => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: deadLetterQueueUrl,
        MaxNumberOfMessages: MESSAGES_PER_CALL,
        VisibilityTimeout: hideForSeconds,
        WaitTimeSeconds: 1, // asks all of SQS's servers, where a short poll asks some
        MessageSystemAttributeNames: ['SentTimestamp'],
      }),
    );
    return Messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', Attributes }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      sentAt: Number(Attributes?.SentTimestamp),
    }));
  };

  const attributes = async (QueueUrl: string): Promise<Partial<Record<string, string>>> => {
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    return Attributes;
  };

  return {
    /**
     * How many messages it has, about; how many the queue before it has; how long it keeps them, in milliseconds; how often apply
     * tries before it gives up.
     */
    facts: async () => {
      const [own, source] = await Promise.all([attributes(deadLetterQueueUrl), attributes(queueUrl)]);
      return {
        count: Number(own.ApproximateNumberOfMessages),
        queued: Number(source.ApproximateNumberOfMessages) + Number(source.ApproximateNumberOfMessagesNotVisible),
        retentionMs: Number(own.MessageRetentionPeriod) * 1_000,
        attempts: Number(JSON.parse(source.RedrivePolicy ?? '{}').maxReceiveCount),
      };
    },

    /** Collects every message, by its message id. Nobody else sees them for this many seconds, unless they are released before. */
    takeAll: async (hideForSeconds: number, letters: Map<string, Letter>): Promise<void> => {
      const lane = async () => {
        for (let some = await receive(hideForSeconds); some.length > 0; some = await receive(hideForSeconds)) {
          for (const letter of some) letters.set(letter.messageId, letter);
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
    },

    /** Lets everybody see them again. */
    release: async (letters: readonly Letter[]): Promise<void> => {
      const groups = Array.from({ length: Math.ceil(letters.length / MESSAGES_PER_CALL) }, (_, index) =>
        letters.slice(index * MESSAGES_PER_CALL, (index + 1) * MESSAGES_PER_CALL),
      );
      await inLanes(LANES, groups, async (group) => {
        const Entries = group.map(({ receiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: 0,
        }));
        await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: deadLetterQueueUrl, Entries }));
      });
    },

    /** Sends a message to the queue, and only then takes it off the dead-letter queue: a crash between leaves it on both. */
    redrive: async ({ body, receiptHandle }: Letter): Promise<void> => {
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: deadLetterQueueUrl, ReceiptHandle: receiptHandle }));
    },

    delete: async ({ receiptHandle }: Letter): Promise<void> => {
      await sqs.send(new DeleteMessageCommand({ QueueUrl: deadLetterQueueUrl, ReceiptHandle: receiptHandle }));
    },

    /** Puts a body on the dead-letter queue itself. */
    put: async (body: string): Promise<void> => {
      await sqs.send(new SendMessageCommand({ QueueUrl: deadLetterQueueUrl, MessageBody: body }));
    },
  };
};

export type DeadLetterQueue = ReturnType<typeof createDeadLetterQueue>;
