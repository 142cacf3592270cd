import { setTimeout as wait } from 'node:timers/promises';
import type { LocalFunction } from './local-function.ts';

/** How long Lambda waits before the second and the third attempt, in milliseconds: a minute, and two. Here, a sixtieth of it. */
const PAUSES_MS = [1_000, 2_000];

export interface Attempts {
  /** @param left how many attempts remain */
  onFailure(problem: string, left: number): void;
  /** Takes the event of which no attempt remains. */
  giveUp(): Promise<void>;
}

/**
 * Invokes a function as Lambda does for an event: three times at most. The sender does not wait, and counts the event as
 * delivered.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export const invokeAsynchronously = async (
  target: LocalFunction,
  event: unknown,
  { onFailure, giveUp }: Attempts,
): Promise<void> => {
  for (let attempt = 0; attempt <= PAUSES_MS.length; attempt += 1) {
    if (attempt > 0) await wait(PAUSES_MS[attempt - 1], undefined, { ref: false });
    const problem = await target.invoke(event).then(
      () => undefined,
      ({ message }: Error) => message,
    );
    if (problem === undefined) return;
    onFailure(problem, PAUSES_MS.length - attempt);
  }
  await giveUp();
};
