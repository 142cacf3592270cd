import { setTimeout as wait } from 'node:timers/promises';

/** Bounds the read capacity that is consumed per second. */
export const createReadUnits = (perSecond: number) => {
  let paidUntil = 0;
  return {
    consumed: (units: number): void => {
      paidUntil = Math.max(Date.now(), paidUntil) + (units / perSecond) * 1_000;
    },
    /** Waits until what was consumed is paid for. */
    before: async (): Promise<void> => {
      while (paidUntil > Date.now()) await wait(paidUntil - Date.now());
    },
  };
};
