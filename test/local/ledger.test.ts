import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLedger, type Queues } from '../../local/deliveries/ledger.ts';

const queues = (queue: readonly string[], dead: readonly string[] = [], deletions = 0): Queues => {
  const counted = (ids: readonly string[]) =>
    new Map(Object.entries(Object.groupBy(ids, (id) => id)).map(([id, all = []]) => [id, all.length]));
  return { queue: counted(queue), dead: counted(dead), deletions };
};

const created = () => {
  const clock = { now: 1_000 };
  const ledger = createLedger(() => clock.now);
  return { clock, ledger };
};

describe('the ledger', () => {
  test('balances: each acknowledged delivery has an outcome, or is on a queue', () => {
    const { ledger } = created();
    for (const id of ['a', 'b', 'c', 'd', 'e']) ledger.acknowledged(id);
    ledger.settled('a', 'applied');
    ledger.settled('b', 'stale');
    ledger.settled('c', 'contested');
    expect(ledger.balance(queues(['d'], ['e']))).toMatchObject({
      acknowledged: 5,
      table: 2,
      applied: 1,
      same: 1,
      queue: 1,
      dead: 1,
      missing: [],
    });
  });

  test('misses a delivery that is on no queue and has no outcome, after ten seconds and not before', () => {
    const { clock, ledger } = created();
    ledger.acknowledged('a');
    expect(ledger.balance(queues([]))).toMatchObject({ missing: [], queue: 1 });
    clock.now += 10_000;
    expect(ledger.balance(queues([]))).toMatchObject({ missing: ['a'], queue: 0 });
    ledger.settled('a', 'applied');
    expect(ledger.balance(queues([]))).toMatchObject({ missing: [], table: 1 });
  });

  test('counts what a person deleted apart: a dead letter, or a message while the command line deletes', () => {
    const { clock, ledger } = created();
    for (const id of ['dead', 'queued']) ledger.acknowledged(id);
    ledger.balance(queues(['queued'], ['dead']));
    ledger.balance(queues([], [], 0));
    clock.now += 10_000;
    expect(ledger.balance(queues([], [], 1))).toMatchObject({ dropped: 2, missing: [], queue: 0 });
  });

  test('counts equal deliveries each, whatever comes first, and repeated processing once', () => {
    const { ledger } = created();
    ledger.settled('a', 'applied');
    ledger.acknowledged('a');
    ledger.acknowledged('a');
    expect(ledger.balance(queues(['a', 'a']))).toMatchObject({ table: 1, queue: 1, others: { queue: 1 } });
    ledger.settled('a', 'duplicate');
    ledger.settled('a', 'duplicate');
    expect(ledger.balance(queues([]))).toMatchObject({ acknowledged: 2, table: 1, same: 1, queue: 0 });
  });

  test('adds what was there before, or comes from elsewhere, on both sides', () => {
    const { ledger } = created();
    ledger.acknowledged('a');
    expect(ledger.balance(queues(['a', 'x'], ['y', 'z']))).toMatchObject({ queue: 1, dead: 0, others: { queue: 1, dead: 2 } });
  });

  test('always balances, in any order of answers, outcomes and looks', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd');
    const step = fc.oneof(
      fc.record({ does: fc.constant('acknowledged' as const), id }),
      fc.record({ does: fc.constant('settled' as const), id }),
      fc.record({ does: fc.constant('look' as const), queue: fc.array(id), dead: fc.array(id), ms: fc.nat(20_000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { clock, ledger } = created();
        for (const one of steps) {
          if (one.does === 'acknowledged') ledger.acknowledged(one.id);
          else if (one.does === 'settled') ledger.settled(one.id, 'applied');
          else {
            clock.now += one.ms;
            const { acknowledged, table, same, queue, dead, dropped, missing } = ledger.balance(queues(one.queue, one.dead));
            expect(table + same + queue + dead + dropped + missing.length).toBe(acknowledged);
            expect(Math.min(table, same, queue, dead, dropped)).toBeGreaterThanOrEqual(0);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
