import { type Held, type HoldableQueue, withMessages } from '../functions/queues/with-messages.ts';
import { CannotRunError } from './failure.ts';
import { finishFirst } from './finish.ts';

/**
 * Holds all messages of a queue while `work` runs. If the user interrupts the command, `stopping` aborts, and the process ends
 * once the messages are visible to others again.
 */
export const holding = async <T>(
  queue: HoldableQueue,
  holdSeconds: number,
  work: (held: Held, stopping: AbortSignal) => Promise<T>,
): Promise<T> => {
  const interrupted = new AbortController();
  const { signal: stopping } = interrupted;
  using _ = finishFirst('the messages are visible to others again', () => interrupted.abort(new CannotRunError('Interrupted.')));
  return await withMessages(queue, holdSeconds, (held) => work(held, stopping), { stopping });
};
