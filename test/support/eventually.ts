import { setTimeout as wait } from 'node:timers/promises';

/**
 * Repeats until nothing throws any more, and gives the last failure if that takes longer than `withinMs` milliseconds. A message
 * that failed because the machine was busy has the time to come again.
 */
export const eventually = async <T>(attempt: () => Promise<T>, withinMs = 45_000): Promise<T> => {
  let pause = 20;
  for (const started = Date.now(); ; await wait(pause)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() - started > withinMs) throw error;
      pause = Math.min(pause * 1.3, 250);
    }
  }
};
