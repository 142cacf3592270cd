import type { ForwardRequest } from './request.ts';

/** How long a backend may take, in milliseconds. */
export const ANSWER_WITHIN_MS = 10_000;

/**
 * Sends an event to a backend.
 *
 * @param stopping ends it
 * @returns why it was not taken; `undefined` if it was: the answer is 2xx
 */
export const postEvent = async (
  url: string,
  { headers, body }: ForwardRequest,
  stopping?: AbortSignal,
): Promise<string | undefined> => {
  const timeUp = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const signal = stopping ? AbortSignal.any([stopping, timeUp]) : timeUp;
  try {
    // A redirect would become a GET without the event.
    const response = await fetch(url, { method: 'POST', headers: { ...headers }, body, redirect: 'manual', signal });
    await response.body?.cancel();
    return response.ok ? undefined : `answered ${response.status}`;
  } catch (error) {
    if (timeUp.aborted) return `has not answered within ${ANSWER_WITHIN_MS / 1_000} s`;
    const { message, cause } = error as Error;
    const { code, message: reason = message } = Object(cause);
    return `is unreachable (${code ?? reason})`;
  }
};
