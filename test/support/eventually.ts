import { setTimeout as wait } from 'node:timers/promises';

/**
 * Repeats until nothing throws any more, and gives the last failure if that takes longer than `withinMs` milliseconds. A message
 * that failed because the machine was busy has the time to come again.
 */
export const eventually = async <T>(attempt: () => Promise<T>, withinMs = 30_000): Promise<T> => {
  for (const started = Date.now(); ; await wait(50)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() - started > withinMs) throw error;
    }
  }
};
