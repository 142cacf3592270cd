import { setTimeout as wait } from 'node:timers/promises';
import type { DeliveredEvent } from '../emulator/index.ts';
import { postEvent } from '../functions/forward/post.ts';
import { requestOf } from '../functions/forward/request.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Signs events on the laptop, where a stack with forwardTo has it, too. */
export const LOCAL_SECRET = 'whsec_bG9jYWwtc2VjcmV0LW9mLWZyYWN0YWwtd2ViaG9va3M=';
/** Within about two and a half minutes. */
const ATTEMPTS = 10;

/**
 * Sends events to a URL as the stack does with forwardTo, one at a time and in order. Each is retried until the answer is 2xx, ten times at most.
 *
 * @param say called for each problem
 * @param firstPauseMs before the second attempt; it doubles
 */
export const createForwarder = (url: string, say: (problem: string) => void, firstPauseMs = FIRST_PAUSE_MS) => {
  const stopping = new AbortController();
  let last: Promise<void> = Promise.resolve();

  const post = async (event: DeliveredEvent): Promise<void> => {
    let pause = firstPauseMs;
    for (let left = ATTEMPTS - 1; !stopping.signal.aborted; left -= 1) {
      const problem = await attempt(event);
      if (problem === undefined || stopping.signal.aborted) return;
      if (left === 0) return say(`${url} ${problem}. The event ${event.id} is given up after ${ATTEMPTS} attempts.`);
      say(`${url} ${problem}. Retrying the event ${event.id} in ${pause / 1_000} s.`);
      await wait(pause, undefined, { signal: stopping.signal }).catch(() => {});
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  };

  const attempt = (event: DeliveredEvent): Promise<string | undefined> => {
    const { id } = event.detail as { readonly id?: string };
    return postEvent(url, requestOf(id ?? event.id, JSON.stringify(event), [LOCAL_SECRET], Date.now()), stopping.signal);
  };

  return {
    forward: (event: DeliveredEvent): void => {
      last = last.then(() => post(event));
    },
    stop: (): void => stopping.abort(),
  };
};
