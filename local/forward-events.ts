import type { DeliveredEvent } from '../emulator/index.ts';
import { postEvent } from '../functions/forward/post.ts';
import { requestOf } from '../functions/forward/request.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Within about twelve minutes. */
const ATTEMPTS = 30;
/** Signs events on the laptop, where a stack with forwardTo has it, too. */
export const LOCAL_SECRET = 'whsec_bG9jYWwtc2VjcmV0LW9mLWZyYWN0YWwtd2ViaG9va3M=';

export interface ForwarderOptions {
  /** Called with each problem, in words. */
  say(problem: string): void;
  /** Called with each attempt, by the id of the change, and its problem, if any. */
  tried(id: string, problem: string | undefined): void;
  /** In milliseconds, before the second attempt; it doubles. */
  readonly firstPauseMs?: number;
}

/**
 * Sends events to a URL as the stack does with forwardTo, one at a time. Each is retried until the answer is 2xx, thirty times at most;
 * meanwhile, the others are sent.
 */
export const createForwarder = (url: string, { say, tried, firstPauseMs = FIRST_PAUSE_MS }: ForwarderOptions) => {
  const stopping = new AbortController();
  let last: Promise<void> = Promise.resolve();

  const send = (event: DeliveredEvent, attempt: number, pause: number): void => {
    last = last.then(async () => {
      if (stopping.signal.aborted) return;
      const problem = await post(event);
      if (stopping.signal.aborted) return;
      tried(idOf(event), problem);
      if (problem === undefined) return;
      if (attempt === ATTEMPTS) return say(`${url} ${problem}. The event ${event.id} is given up after ${ATTEMPTS} attempts.`);
      say(`${url} ${problem}. Retrying the event ${event.id} in ${pause / 1_000} s.`);
      setTimeout(send, pause, event, attempt + 1, Math.min(pause * 2, LONGEST_PAUSE_MS)).unref();
    });
  };

  const post = (event: DeliveredEvent): Promise<string | undefined> =>
    postEvent(url, requestOf(idOf(event), JSON.stringify(event), [LOCAL_SECRET], Date.now()), stopping.signal);

  return {
    forward: (event: DeliveredEvent): void => send(event, 1, firstPauseMs),
    stop: (): void => stopping.abort(),
  };
};

const idOf = ({ id, detail }: DeliveredEvent): string => (detail as { readonly id?: string }).id ?? id;
