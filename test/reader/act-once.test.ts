import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { actOnce, BusyError } from '../../reader/act-once.ts';
import { runsOf } from '../support/effort.ts';

class Crash extends Error {}

const LEASE_MS = 10;

interface History {
  /** The states, in their order, and how often the event of each is delivered. */
  readonly changes: readonly { readonly state: string; readonly deliveries: number }[];
  /** For each attempt in turn, whether the process dies after acting, before it remembers. */
  readonly crashes: readonly boolean[];
  /** After how many changes the item is deleted, if it is. */
  readonly erasedAfter: number | undefined;
  readonly order: readonly number[];
}

const aHistory = (withCrashes: boolean): fc.Arbitrary<History> =>
  fc.record({
    changes: fc.array(
      fc.record({ state: fc.constantFrom('approved', 'rejected', 'contacted'), deliveries: fc.integer({ min: 1, max: 3 }) }),
      {
        minLength: 1,
        maxLength: 5,
      },
    ),
    crashes: withCrashes ? fc.array(fc.boolean(), { maxLength: 8 }) : fc.constant([]),
    erasedAfter: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined, freq: 4 }),
    order: fc.array(fc.nat({ max: 30 }), { minLength: 7, maxLength: 40 }),
  });

/** Changes a state, and delivers each change to consumers that all run at once; `order` decides who looks or writes next. */
const play = async ({ changes, crashes, erasedAfter, order }: History) => {
  let item: { state: string; memory: string | undefined } | undefined;
  let clock = 0;
  const left = [...crashes];
  const calls: string[] = [];
  let crashed = 0;
  const waiting: (() => void)[] = [];
  const step = <T>(work: () => T): Promise<T> => new Promise<void>((go) => waiting.push(go)).then(work);

  const consume = async (): Promise<void> => {
    for (;;) {
      const dies = left.shift() ?? false;
      let isDead = false;
      try {
        return await actOnce({
          now: () => clock,
          leaseMs: LEASE_MS,
          look: () =>
            step(() => {
              if (!item) return undefined;
              const { state, memory } = item;
              const act = async () => {
                calls.push(state);
                isDead = dies;
              };
              return { state, memory, act };
            }),
          replace: (former, next) =>
            step(() => {
              if (isDead) throw new Crash();
              if (!item || item.memory !== former) return false;
              item.memory = next;
              return true;
            }),
        });
      } catch (error) {
        if (error instanceof Crash) {
          crashed += 1;
          // The event comes again after the lease.
          clock += LEASE_MS + 1;
        } else if (!(error instanceof BusyError)) throw error;
        await step(() => {});
      }
    }
  };

  let running = 1;
  const ended = () => {
    running -= 1;
  };
  const write = async () => {
    for (const [index, { state, deliveries }] of changes.entries()) {
      await step(() => {
        if (index === erasedAfter) item = undefined;
        else if (index === 0 || item) item = { state, memory: item?.memory };
      });
      for (let delivery = 0; delivery < deliveries; delivery += 1) {
        running += 1;
        consume().finally(ended);
      }
    }
  };
  write().finally(ended);
  for (let turn = 0; running > 0; turn += 1) {
    // Until whoever went last waits again.
    for (let tick = 0; tick < 20; tick += 1) await undefined;
    // Everybody has a turn some time.
    const chosen = turn % 4 === 0 ? 0 : (order[turn % order.length] as number) + turn;
    waiting.splice(chosen % Math.max(1, waiting.length), 1)[0]?.();
  }
  return { calls, item, crashed };
};

const repetitionsIn = (calls: readonly string[]): number => calls.filter((state, index) => state === calls[index - 1]).length;

describe('acting once', () => {
  test('acts once per change, on the last state at the end, whatever is repeated, late or at once', async () => {
    await fc.assert(
      fc.asyncProperty(aHistory(false), async (history) => {
        const { calls, item } = await play(history);
        expect(repetitionsIn(calls)).toBe(0);
        expect(calls.length).toBeLessThanOrEqual(history.changes.length);
        if (item) expect(calls.at(-1)).toBe(item.state);
      }),
      runsOf(10_000, 500),
    );
  });

  test('acts at least once if processes die between acting and remembering, and once more for each at most', async () => {
    await fc.assert(
      fc.asyncProperty(aHistory(true), async (history) => {
        const { calls, item, crashed } = await play(history);
        expect(repetitionsIn(calls)).toBeLessThanOrEqual(crashed);
        if (item) expect(calls.at(-1)).toBe(item.state);
      }),
      runsOf(10_000, 500),
    );
  });

  test('an act that throws is not remembered, and the next event acts', async () => {
    let memory: string | undefined;
    let fails = true;
    const calls: string[] = [];
    const act = async () => {
      calls.push('act');
      if (fails) throw new Error('the backend is down');
    };
    const once = () =>
      actOnce({
        now: () => 0,
        leaseMs: LEASE_MS,
        look: async () => ({ state: 'approved', memory, act }),
        replace: async (former, next) => {
          if (memory !== former) return false;
          memory = next;
          return true;
        },
      });
    await expect(once()).rejects.toThrow('the backend is down');
    fails = false;
    await once();
    await once();
    expect(calls).toEqual(['act', 'act']);
    expect(memory).toBe('{"done":"approved"}');
  });
});
