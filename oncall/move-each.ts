import { setTimeout as wait } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { mapConcurrent } from '../functions/map-concurrent.ts';

const LANES = 8;

/**
 * Calls `move` for each message in this order, at most `perSecond` times a second, and shows the progress on standard error.
 *
 * @param lanes how many at once; with 1, each starts after the previous one is done
 * @returns how many are done, and the first failure, if any
 */
export const moveEach = async <T>(
  deadLetters: readonly T[],
  perSecond: number,
  move: (one: T) => Promise<void>,
  lanes = LANES,
): Promise<{ readonly done: number; readonly failure: unknown }> => {
  if (deadLetters.length === 0) return { done: 0, failure: undefined };
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {value} of {total} | {eta} s left',
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: 2_000,
    hideCursor: true,
  });
  const startedAt = Date.now();
  let started = 0;
  let done = 0;
  let failure: unknown;
  bar.start(deadLetters.length, 0);
  try {
    await mapConcurrent(lanes, deadLetters, async (one) => {
      const due = startedAt + (started++ / perSecond) * 1_000;
      if (due > Date.now()) await wait(due - Date.now());
      await move(one);
      done += 1;
      bar.update(done);
    });
  } catch (error) {
    failure = error;
  }
  bar.stop();
  return { done, failure };
};
