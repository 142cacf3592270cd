import { setTimeout as wait } from 'node:timers/promises';
import type { DeliveredEvent } from '../emulator/index.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Also the limit of EventBridge's API destinations. */
const ANSWER_WITHIN_MS = 5_000;
/** Within about two and a half minutes. */
const ATTEMPTS = 10;

/**
 * Posts events to a URL, one at a time and in order. Each is retried until the answer is 2xx, ten times at most.
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

  const attempt = async (event: DeliveredEvent): Promise<string | undefined> => {
    const timeUp = AbortSignal.timeout(ANSWER_WITHIN_MS);
    try {
      const signal = AbortSignal.any([stopping.signal, timeUp]);
      const headers = { 'content-type': 'application/json' };
      // A redirect would become a GET without the event.
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(event), redirect: 'manual', signal });
      await response.body?.cancel();
      return response.ok ? undefined : `answered ${response.status}`;
    } catch (error) {
      if (timeUp.aborted) return `has not answered within ${ANSWER_WITHIN_MS / 1_000} s`;
      return `is unreachable (${((error as Error).cause as Error | undefined)?.message ?? (error as Error).message})`;
    }
  };

  return {
    forward: (event: DeliveredEvent): void => {
      last = last.then(() => post(event));
    },
    stop: (): void => stopping.abort(),
  };
};
