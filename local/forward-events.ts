import type { DeliveredEvent } from '../emulator/index.ts';
import { postEvent } from '../functions/forward/post.ts';
import { requestOf } from '../functions/forward/request.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Within about twelve minutes. */
const ATTEMPTS = 30;
/** Signs events on the laptop, where a stack with forwardTo has it, too. */
export const LOCAL_SECRET = 'whsec_bG9jYWwtc2VjcmV0LW9mLWZyYWN0YWwtd2ViaG9va3M=';

/**
 * Sends events to a URL as the stack does with forwardTo, one at a time. Each is retried until the answer is 2xx, thirty times at most;
 * meanwhile, the others are sent.
 *
 * @param say called for each problem
 * @param firstPauseMs before the second attempt; it doubles
 */
export const createForwarder = (url: string, say: (problem: string) => void, firstPauseMs = FIRST_PAUSE_MS) => {
  const stopping = new AbortController();
  let last: Promise<void> = Promise.resolve();

  const send = (event: DeliveredEvent, attempt: number, pause: number): void => {
    last = last.then(async () => {
      const problem = stopping.signal.aborted ? undefined : await post(event);
      if (problem === undefined || stopping.signal.aborted) return;
      if (attempt === ATTEMPTS) return say(`${url} ${problem}. The event ${event.id} is given up after ${ATTEMPTS} attempts.`);
      say(`${url} ${problem}. Retrying the event ${event.id} in ${pause / 1_000} s.`);
      setTimeout(send, pause, event, attempt + 1, Math.min(pause * 2, LONGEST_PAUSE_MS)).unref();
    });
  };

  const post = (event: DeliveredEvent): Promise<string | undefined> => {
    const { id } = event.detail as { readonly id?: string };
    return postEvent(url, requestOf(id ?? event.id, JSON.stringify(event), [LOCAL_SECRET], Date.now()), stopping.signal);
  };

  return {
    forward: (event: DeliveredEvent): void => send(event, 1, firstPauseMs),
    stop: (): void => stopping.abort(),
  };
};
