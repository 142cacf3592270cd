import type { DatabaseSync } from 'node:sqlite';
import { PersistenceManager } from '../../node_modules/fauxqs/dist/persistence.js';
import type { SqsQueue, SqsStore } from '../../node_modules/fauxqs/dist/sqs/sqsStore.js';

/** Keeps a store's queues and messages in this folder, and gives it those that are there already. */
export const keepMessages = (store: SqsStore, dataDir: string): { close(): void } => {
  const kept = new KeptMessages(dataDir);
  const create = store.createQueue.bind(store);
  store.createQueue = (...facts) => {
    const queue = create(...facts);
    moveInOneStep(queue, kept);
    return queue;
  };
  // There are no topics in it.
  kept.loadSqsAndSns(store, {} as never);
  store.persistence = kept;
  for (const queue of store.allQueues()) queue.persistence = kept;
  return kept;
};

class KeptMessages extends PersistenceManager {
  #moving = false;

  constructor(dataDir: string) {
    super(dataDir);
    // In its journal what is written outlives this process; waiting for the disk each time would make every message cost milliseconds.
    this.#db.exec('PRAGMA synchronous = NORMAL');
  }

  get #db(): DatabaseSync {
    return (this as unknown as { readonly db: DatabaseSync }).db;
  }

  // fauxqs writes NULL into the count of receives, which its own schema forbids: the message is lost until the next start.
  override updateMessageReady(messageId: string): void {
    this.#db
      .prepare('UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?')
      .run(messageId);
  }

  // A message that moves is not deleted first: writing it to the other queue replaces it.
  override deleteMessage(messageId: string): void {
    if (!this.#moving) super.deleteMessage(messageId);
  }

  /** Runs what moves messages from queue to queue, and deletes none. */
  moving<T>(work: () => T): T {
    this.#moving = true;
    try {
      return work();
    } finally {
      this.#moving = false;
    }
  }
}

// What a queue moves on to its dead-letter queue is on one of the two at any moment, also if the disk is full or the process ends.
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
