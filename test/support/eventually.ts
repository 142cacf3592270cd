import { setTimeout as wait } from 'node:timers/promises';

/** Repeats until nothing throws any more, and gives the last failure if that takes longer than `withinMs` milliseconds. */
export const eventually = async <T>(attempt: () => Promise<T>, withinMs = 10_000): Promise<T> => {
  for (const started = Date.now(); ; await wait(50)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() - started > withinMs) throw error;
    }
  }
};
