import type { DatabaseSync } from 'node:sqlite';
import { PersistenceManager } from '../../../node_modules/fauxqs/dist/persistence.js';
import type { SqsQueue, SqsStore } from '../../../node_modules/fauxqs/dist/sqs/sqsStore.js';

/** Keeps a store's queues and messages in this folder, after loading those of an earlier run. */
export const keepMessages = (store: SqsStore, dataDir: string): { close(): void } => {
  const kept = new KeptMessages(dataDir);
  const create = store.createQueue.bind(store);
  store.createQueue = (...facts) => {
    const queue = create(...facts);
    moveInOneStep(queue, kept);
    return queue;
  };
  // The folder contains no topics.
  kept.loadSqsAndSns(store, {} as never);
  store.persistence = kept;
  for (const queue of store.allQueues()) queue.persistence = kept;
  return kept;
};

class KeptMessages extends PersistenceManager {
  #moving = false;

  constructor(dataDir: string) {
    super(dataDir);
    // Writes survive the end of this process; waiting for the disk would cost milliseconds per message.
    this.#db.exec('PRAGMA synchronous = NORMAL');
  }

  get #db(): DatabaseSync {
    return (this as unknown as { readonly db: DatabaseSync }).db;
  }

  // fauxqs sets the receive count to NULL, which violates its schema: the message is lost until the next start.
  override updateMessageReady(messageId: string): void {
    this.#db
      .prepare('UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?')
      .run(messageId);
  }

  // Does not delete a message during a move: writing it to the other queue replaces the row.
  override deleteMessage(messageId: string): void {
    if (!this.#moving) super.deleteMessage(messageId);
  }

  /** Runs work that moves messages between queues and deletes none. */
  moving<T>(work: () => T): T {
    this.#moving = true;
    try {
      return work();
    } finally {
      this.#moving = false;
    }
  }
}

// Moves to the dead-letter queue are atomic: the message is always on one of the queues, even if the disk is full or the
// process ends.
const moveInOneStep = (queue: SqsQueue, kept: KeptMessages): void => {
  const dequeue = queue.dequeue.bind(queue);
  queue.dequeue = (count, visibilityTimeout, deadLetterQueueOf) =>
    kept.moving(() =>
      dequeue(count, visibilityTimeout, (arn) => {
        const target = deadLetterQueueOf?.(arn);
        const enqueue: SqsQueue['enqueue'] = (message) => {
          try {
            target?.enqueue(message);
          } catch (error) {
            queue.messages.unshift(message);
            throw error;
          }
        };
        return target && ({ enqueue } as SqsQueue);
      }),
    );
};
