import type { HeldMessage } from '../core/held-message.ts';
import { Problem } from '../log.ts';

/** A queue whose messages can be held. */
export interface HoldableQueue {
  /** Receives messages into `held`, by message id, until there is `enough`. They stay invisible to others for this many seconds. */
  takeAll(hideForSeconds: number, held: Map<string, HeldMessage>, enough?: () => boolean): Promise<void>;
  /** Makes the messages visible to others again. */
  giveBack(messages: readonly HeldMessage[]): Promise<void>;
  delete(message: HeldMessage): Promise<void>;
}

/** Messages of a queue, invisible to others while they are held. */
export interface Held {
  readonly messages: readonly HeldMessage[];
  /** @throws Problem if the messages have become visible, so that another reader may have received them */
  stillHeld(): void;
  /** Deletes a message from the queue. @throws Problem as `stillHeld` */
  delete(message: HeldMessage): Promise<void>;
  /** Must be called if a message was deleted by other means. */
  taken(message: HeldMessage): void;
}

export interface HoldOptions {
  /** Whether to receive no more. */
  readonly enough?: (held: ReadonlyMap<string, HeldMessage>) => boolean;
  /** Ends receiving. `work` is then not called, and should stop if it has been. */
  readonly stopping?: AbortSignal;
}

/**
 * Receives all messages of a queue, passes them to `work`, and gives back those that `work` has not deleted, also after an error
 * or an interruption. If the process is killed, they become visible after `holdSeconds`.
 *
 * @throws the signal's reason if it aborts before `work` is called
 */
export const withMessages = async <T>(
  queue: HoldableQueue,
  holdSeconds: number,
  work: (held: Held) => Promise<T>,
  // Stryker disable next-line ArrowFunction: undefined counts as false
  { enough = () => false, stopping }: HoldOptions = {},
): Promise<T> => {
  const held = new Map<string, HeldMessage>();
  const heldUntil = Date.now() + holdSeconds * 1_000;
  const stillHeld = (): void => {
    if (Date.now() >= heldUntil)
      throw new Problem(`This took longer than ${holdSeconds} s, and others may have received the messages. Repeat it.`);
  };
  const taken = ({ messageId }: HeldMessage): void => void held.delete(messageId);
  try {
    await queue.takeAll(holdSeconds, held, () => stopping?.aborted === true || enough(held));
    stopping?.throwIfAborted();
    return await work({
      messages: [...held.values()],
      stillHeld,
      delete: async (message) => {
        stillHeld();
        await queue.delete(message);
        taken(message);
      },
      taken,
    });
  } finally {
    await queue.giveBack([...held.values()]);
  }
};
