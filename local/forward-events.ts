import { setTimeout as wait } from 'node:timers/promises';
import type { DeliveredEvent } from '../emulator/index.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const ANSWER_WITHIN_MS = 10_000;

/**
 * Posts events to a URL, one at a time and in order. Each is retried until the answer is 2xx.
 *
 * @param say called before each retry
 */
export const createForwarder = (url: string, say: (problem: string) => void) => {
  const stopping = new AbortController();
  let last: Promise<void> = Promise.resolve();

  const post = async (event: DeliveredEvent): Promise<void> => {
    for (let pause = FIRST_PAUSE_MS; !stopping.signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const problem = await attempt(event);
      if (problem === undefined) return;
      say(`${url} ${problem}. Retrying the event ${event.id} in ${pause / 1_000} s.`);
      await wait(pause, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };

  const attempt = async (event: DeliveredEvent): Promise<string | undefined> => {
    try {
      const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(event), signal });
      await response.body?.cancel();
      return response.ok ? undefined : `answered ${response.status}`;
    } catch (error) {
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
