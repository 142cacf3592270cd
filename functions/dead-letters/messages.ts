import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../core/dead-letter.ts';
import { mapConcurrent } from './map-concurrent.ts';

const LANES = 8;
const MESSAGES_PER_CALL = 10; // AWS's limit

/** The messages of one queue: taken into the hand, let go, or deleted. */
export const createMessages = (sqs: SQSClient, queueUrl: string) => {
  const receive = async (hideForSeconds: number): Promise<DeadLetter[]> => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
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

  return {
    /**
     * Collects every message, by its message id. Nobody else sees them for this many seconds, unless they are released before.
     * Once it has `enough` it takes no more; those that are on the way are collected still, so that they can be released.
     */
    takeAll: async (hideForSeconds: number, deadLetters: Map<string, DeadLetter>, enough = () => false): Promise<void> => {
      const lane = async () => {
        for (let some = await receive(hideForSeconds); some.length > 0; some = await receive(hideForSeconds)) {
          for (const deadLetter of some) deadLetters.set(deadLetter.messageId, deadLetter);
          if (enough()) return;
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
    },

    /** Lets everybody see them again. */
    release: async (deadLetters: readonly DeadLetter[]): Promise<void> => {
      const groups = Array.from({ length: Math.ceil(deadLetters.length / MESSAGES_PER_CALL) }, (_, index) =>
        deadLetters.slice(index * MESSAGES_PER_CALL, (index + 1) * MESSAGES_PER_CALL),
      );
      await mapConcurrent(LANES, groups, async (group) => {
        const Entries = group.map(({ receiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: 0,
        }));
        await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
      });
    },

    delete: async ({ receiptHandle }: DeadLetter): Promise<void> => {
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle }));
    },
  };
};
