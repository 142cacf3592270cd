import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { chunk } from '../chunk.ts';
import type { HeldMessage } from '../core/held-message.ts';
import { mapConcurrent } from '../map-concurrent.ts';
import type { HoldableQueue } from './with-messages.ts';

const CONCURRENCY = 8;
const MESSAGES_PER_CALL = 10; // AWS's limit

export interface MessagesOptions {
  /**
   * Whether each receive counts as one of a message's attempts: the queue has a redrive policy. Messages are then given back as
   * new ones, with all their attempts.
   */
  readonly countsAttempts?: boolean;
}

/** Receives, gives back and deletes the messages of one queue. */
export const createMessages = (
  sqs: SQSClient,
  queueUrl: string,
  { countsAttempts = false }: MessagesOptions = {},
): HoldableQueue => {
  const receive = async (hideForSeconds: number): Promise<HeldMessage[]> => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: MESSAGES_PER_CALL,
        VisibilityTimeout: hideForSeconds,
        WaitTimeSeconds: 1, // long polling queries all of SQS's servers
        MessageSystemAttributeNames: ['SentTimestamp'],
      }),
    );
    // Stryker disable next-line StringLiteral: the types allow what SQS never sends
    return Messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', Attributes }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      // Stryker disable next-line OptionalChaining: it is asked for
      sentAt: Number(Attributes?.SentTimestamp),
    }));
  };

  const remove = async ({ receiptHandle }: HeldMessage): Promise<void> => {
    await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle }));
  };

  const release = (messages: readonly HeldMessage[]): Promise<void> =>
    mapConcurrent(CONCURRENCY, chunk(messages, MESSAGES_PER_CALL), async (group) => {
      const Entries = group.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: 0,
      }));
      await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
    });

  // A crash in between leaves both copies, and applying a notification twice changes nothing.
  const renew = async (messages: readonly HeldMessage[]): Promise<void> => {
    const left = new Set(messages);
    try {
      await mapConcurrent(CONCURRENCY, messages, async (one) => {
        await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: one.body }));
        left.delete(one);
        await remove(one);
      });
    } finally {
      await release([...left]);
    }
  };

  return {
    /**
     * Receives every message into `held`, by message id. They stay invisible to others for this many seconds or until given back.
     * Receives no more once there is `enough`, or after an error; calls in flight are still collected.
     */
    // Stryker disable next-line ArrowFunction: undefined counts as false
    takeAll: async (hideForSeconds: number, held: Map<string, HeldMessage>, enough = () => false): Promise<void> => {
      let failed = false;
      const worker = async (): Promise<void> => {
        while (!failed && !enough()) {
          const some = await receive(hideForSeconds);
          for (const one of some) held.set(one.messageId, one);
          if (some.length === 0) return;
        }
      };
      const failing = (error: unknown) => {
        failed = true;
        throw error;
      };
      const ended = await Promise.allSettled(Array.from({ length: CONCURRENCY }, () => worker().catch(failing)));
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
    },

    /** Makes the messages visible to others again. */
    giveBack: countsAttempts ? renew : release,

    delete: remove,
  };
};
