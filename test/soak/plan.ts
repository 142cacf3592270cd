import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { aResult, aVerification } from '../support/notifications.ts';
import { stepBetween } from './forgotten-users.ts';

/**
 * The item of a delivery, and its expected attributes if this delivery is the newest. `order` compares two deliveries for an
 * item, part by part; for e-mail addresses the time of receipt decides.
 */
export interface Expected {
  readonly pk: string;
  readonly sk: string;
  readonly order: readonly [epochMs: number, strictness: number] | 'receipt';
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** A delivery of the plan. Without `expected`, its body is invalid and will be parked. */
export interface Planned {
  readonly body: string;
  readonly expected?: Expected;
}

export interface PlanSettings {
  readonly seed: number;
  readonly notifications: number;
  readonly users: number;
}

export interface Random {
  /** An integer, including `from` and `to`. */
  int(from: number, to: number): number;
  pick<T>(from: readonly T[]): T;
  chance(share: number): boolean;
}

/** Returns the same numbers for the same seed. */
export const createRandom = (seed: number): Random => {
  const generator = xoroshiro128plus(seed);
  const int = (from: number, to: number) => uniformInt(generator, from, to);
  return {
    int,
    pick: (from) => from[int(0, from.length - 1)] as (typeof from)[number],
    chance: (share) => int(0, 999_999) < share * 1_000_000,
  };
};

const LEVELS = ['basic', 'plus', 'liveness', 'basic+liveness'];
const STATUSES = ['approved', 'contacted', 'rejected'] as const;
const FIRST_SECOND = Date.parse('2024-05-01T00:00:00Z');
const SECONDS = 20; // few, for frequent ties
const SHUFFLED = 2_000;

/**
 * The deliveries of a soak, with duplicates, shuffled within a window of two thousand. A generator, so that memory does not
 * grow with their number.
 */
export function* planDeliveries({ seed, notifications, users }: PlanSettings): Generator<Planned> {
  const random = createRandom(seed);
  const window: Planned[] = [];
  const takeAny = (): Planned => {
    const index = random.int(0, window.length - 1);
    const taken = window[index] as Planned;
    window[index] = window.at(-1) as Planned;
    window.pop();
    return taken;
  };
  for (let count = 0; count < notifications; count += 1) {
    const one = aNotification(random, users, count);
    // A duplicate change of address would count as a new one, because it has no time of Fractal's.
    const times = one.expected?.order === 'receipt' || random.chance(0.75) ? 1 : random.int(2, 4);
    for (let time = 0; time < times; time += 1) window.push(one);
    while (window.length > SHUFFLED) yield takeAny();
  }
  while (window.length > 0) yield takeAny();
}

const aNotification = (random: Random, users: number, count: number): Planned => {
  const kind = random.int(0, 99);
  if (kind < 1) return { body: `nonsense ${random.int(1, 20)}` };
  const user = `user-${random.int(1, users)}`;
  if (kind < 11) return anAddress(user, `address-${count}@example.com`);
  const epochMs = FIRST_SECOND + random.int(0, SECONDS - 1) * 1_000 + (random.chance(0.1) ? random.int(1, 999) : 0);
  if (kind < 21) return aCredential(random, user, epochMs);
  if (kind < 31) return anyResult(random, user);
  const planned = aStatus(random, user, epochMs);
  return count % 50 === 0 ? mentioning(planned, `user-${stepBetween(users) * (1 + (count % 3))}`) : planned;
};

/** With another user's id in a field that nobody knows. */
const mentioning = ({ body, ...planned }: Planned, other: string): Planned => {
  const { type, data } = JSON.parse(body);
  return { ...planned, body: JSON.stringify({ type, data: { ...data, referred_by: [other] } }) };
};

const anAddress = (user: string, email: string): Planned => ({
  body: JSON.stringify({ type: 'email_changed', data: { user_id: user, email } }),
  expected: { pk: `USER#${user}`, sk: 'EMAIL', order: 'receipt', attributes: { user_id: user, email } },
});

const aCredential = (random: Random, human: string, epochMs: number): Planned => {
  const credential_id = `credential-${random.int(1, 3)}`;
  const data = { idos_human_id: human, credential_id, shared_at: written(random, epochMs) };
  return {
    body: JSON.stringify({ type: 'credential_shared', data }),
    expected: {
      pk: `HUMAN#${human}`,
      sk: `CREDENTIAL#${credential_id}`,
      order: [epochMs, 0],
      attributes: { idos_human_id: human, credential_id, as_of: epochMs },
    },
  };
};

/** A result of Kraken. It has no time: an approval is older than any rejection. */
const anyResult = (random: Random, user: string): Planned => {
  const status = random.pick(['approved', 'rejected']);
  return {
    body: aResult(user, status, random.pick([undefined, 'note-1', 'note-2'])),
    expected: {
      pk: `USER#${user}`,
      sk: 'LEVEL#kraken',
      order: status === 'rejected' ? [1, 0] : [0, 0],
      attributes: { user_id: user, level: 'kraken', status },
    },
  };
};

const aStatus = (random: Random, user: string, epochMs: number): Planned => {
  const level = random.pick(LEVELS);
  const status = random.pick(STATUSES);
  return {
    body: aVerification({ user, level, status, timestamp: written(random, epochMs) }),
    expected: {
      pk: `USER#${user}`,
      sk: `LEVEL#${level}`,
      order: [epochMs, STATUSES.indexOf(status)],
      attributes: { user_id: user, level, status, as_of: epochMs },
    },
  };
};

// A time in a random notation.
const written = (random: Random, epochMs: number): string => {
  const hours = random.pick([0, 0, 0, 2, -5]);
  const local = new Date(epochMs + hours * 3_600_000).toISOString().replace(random.chance(0.5) ? '.000Z' : 'Z', 'Z');
  if (hours === 0) return local;
  return local.replace('Z', `${hours < 0 ? '-' : '+'}0${Math.abs(hours)}:00`);
};
