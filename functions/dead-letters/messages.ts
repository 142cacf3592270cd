import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { chunk } from '../chunk.ts';
import type { DeadLetter } from '../core/dead-letter.ts';
import { mapConcurrent } from '../map-concurrent.ts';

const CONCURRENCY = 8;
const MESSAGES_PER_CALL = 10; // AWS's limit

/** Receives, releases and deletes the messages of one queue. */
export const createMessages = (sqs: SQSClient, queueUrl: string) => {
  const receive = async (hideForSeconds: number): Promise<DeadLetter[]> => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: MESSAGES_PER_CALL,
        VisibilityTimeout: hideForSeconds,
        WaitTimeSeconds: 1, // long polling queries all of SQS's servers
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
     * Receives every message into `deadLetters`, by message id. They stay invisible to others for this many seconds or until released.
     * Receives no more once there is `enough`; calls in flight are still collected so that their messages can be released.
     */
    takeAll: async (hideForSeconds: number, deadLetters: Map<string, DeadLetter>, enough = () => false): Promise<void> => {
      const worker = async () => {
        for (let some = await receive(hideForSeconds); some.length > 0; some = await receive(hideForSeconds)) {
          for (const deadLetter of some) deadLetters.set(deadLetter.messageId, deadLetter);
          if (enough()) return;
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    },

    /** Makes the messages visible to others again. */
    release: async (deadLetters: readonly DeadLetter[]): Promise<void> => {
      await mapConcurrent(CONCURRENCY, chunk(deadLetters, MESSAGES_PER_CALL), async (group) => {
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
