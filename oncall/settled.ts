import { setTimeout as wait } from 'node:timers/promises';
import { queueAttributes } from './queue-attributes.ts';
import type { Target } from './target.ts';

const LOOK_EVERY_MS = 500;

/**
 * Waits until nobody has any message of a queue in their hands: neither its consumer nor somebody who looks. SQS's counts may be late,
 * so none must have been seen for as long as that.
 *
 * @param forMs how long to wait at most, in milliseconds, besides that
 * @returns how many messages are still in somebody's hands
 */
export const untilSettled = async (target: Target, queueUrl: string, forMs: number): Promise<number> => {
  const end = Date.now() + forMs + target.lagMs;
  let quietSince: number | undefined;
  for (;;) {
    const { ApproximateNumberOfMessagesNotVisible } = await queueAttributes(target, queueUrl);
    const inHands = Number(ApproximateNumberOfMessagesNotVisible);
    if (inHands > 0) quietSince = undefined;
    else quietSince ??= Date.now();
    if (quietSince !== undefined && Date.now() - quietSince >= target.lagMs) return 0;
    if (Date.now() >= end) return Math.max(1, inHands);
    await wait(LOOK_EVERY_MS);
  }
};
