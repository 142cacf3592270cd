import type { Scenario } from './model.ts';

const HOUR = 3_600;

/** The same rate for ten minutes. */
export const steady = (perSecond: number): Scenario => ({
  name: `steady, ${perSecond}/s`,
  seconds: 600,
  arrivals: () => perSecond,
});

/** A campaign sends users through verification within an hour, most of them in its first half; three notifications each. */
export const campaign = (users: number): Scenario => ({
  name: `campaign: ${users.toLocaleString('en')} users in an hour`,
  seconds: HOUR,
  arrivals: (second) => {
    const rate = (3 * users) / HOUR;
    // A triangle with its peak after twenty minutes.
    return second < 1_200 ? (2 * rate * second) / 1_200 : (2 * rate * (HOUR - second)) / 2_400;
  },
});

/** The receiver was down for a day. Fractal retries what it could not deliver, each at its own time, beside what is new. */
export const afterOutage = (perSecond: number): Scenario => ({
  name: `a day's outage, ${perSecond}/s`,
  seconds: 3 * 24 * HOUR,
  arrivals: () => perSecond,
  isDown: (second) => second < 24 * HOUR,
});

/** One user gets half of all notifications: a test user, or a loop at a partner. */
export const hotUser = (perSecond: number): Scenario => ({
  name: `half about one user, ${perSecond}/s`,
  seconds: 600,
  arrivals: () => perSecond,
  hotShare: 0.5,
});

/** Strangers send twice what the throttle allows, for a minute, beside the notifications. */
export const flood = (perSecond: number, strangers: number): Scenario => ({
  name: `strangers send ${strangers}/s beside ${perSecond}/s`,
  seconds: 600,
  arrivals: () => perSecond,
  strangers: (second) => (second >= 120 && second < 180 ? strangers : 0),
});
