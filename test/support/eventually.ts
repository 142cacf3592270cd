import { setTimeout as wait } from 'node:timers/promises';

/**
 * Retries until nothing throws, and throws the last error after `withinMs` milliseconds. The default is long enough for a
 * message that failed on a busy machine to be redelivered.
 */
export const eventually = async <T>(attempt: () => Promise<T>, withinMs = 120_000): Promise<T> => {
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
