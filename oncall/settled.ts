import { setTimeout as wait } from 'node:timers/promises';
import { queueAttributes } from './queue-attributes.ts';
import type { Target } from './target.ts';

const POLL_EVERY_MS = 500;

/** About how many messages of a queue some reader has received and not yet deleted or released. */
export const inFlight = async (target: Target, queueUrl: string): Promise<number> => {
  const { ApproximateNumberOfMessagesNotVisible } = await queueAttributes(target, queueUrl);
  return Number(ApproximateNumberOfMessagesNotVisible);
};

/**
 * Waits until no message of a queue is in flight. Because SQS's counts lag, they must be zero for `target.lagMs`.
 *
 * @param stopping ends the wait
 * @param forMs how long to wait at most, in milliseconds, in addition to the lag
 * @returns how many messages are still in flight
 */
export const untilSettled = async (target: Target, queueUrl: string, forMs: number, stopping: AbortSignal): Promise<number> => {
  const end = Date.now() + forMs + target.lagMs;
  let quietSince: number | undefined;
  for (;;) {
    const count = await inFlight(target, queueUrl);
    if (count > 0) quietSince = undefined;
    else quietSince ??= Date.now();
    if (quietSince !== undefined && Date.now() - quietSince >= target.lagMs) return 0;
    if (Date.now() >= end) return Math.max(1, count);
    await wait(POLL_EVERY_MS, undefined, { signal: stopping });
  }
};
