import { chunk } from '../../functions/chunk.ts';
import type { Implementation } from '../implementations.ts';
import type { Stand } from '../stand.ts';
import { batches, bodies } from './events.ts';
import { run, startWarm } from './warm-process.ts';

export interface Growth {
  readonly notifications: number;
  readonly users: 'uniform' | 'hot';
  /** Microseconds per notification. */
  readonly perNotification: number;
  readonly rss: number;
}

/** Applies increasing numbers of notifications in batches of a hundred, in a new process for each. */
export const measureGrowth = async (
  implementation: Implementation,
  stand: Stand,
  sizes: readonly number[],
): Promise<readonly Growth[]> => {
  const results: Growth[] = [];
  for (const notifications of sizes) {
    for (const users of ['uniform', 'hot'] as const) {
      const measured = await startWarm(implementation, 'apply', stand);
      await run(measured, batches(implementation, bodies(1_000), 100));
      let total = 0;
      let rss = 0;
      // In parts, so that passing the events between processes does not dominate the measurement.
      for (const part of chunk(bodies(notifications, users), 5_000)) {
        const done = await run(measured, batches(implementation, part, 100));
        total += done.total;
        rss = done.rss;
      }
      results.push({ notifications, users, perNotification: total / notifications, rss });
      measured.child.kill();
    }
  }
  return results;
};
