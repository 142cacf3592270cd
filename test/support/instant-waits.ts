import { jest } from '@jest/globals';

/**
 * Ends every wait of the code under test at once, with the clock moved on by its length. Import the code dynamically, after this.
 */
export const instantWaits = () => {
  let now = Date.parse('2026-11-25T08:00:00Z');
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  const pass = (ms: number): void => {
    now += ms;
  };
  jest.unstable_mockModule('node:timers/promises', () => ({ setTimeout: async (ms: number) => pass(ms) }));
  return { now: () => now, pass };
};
