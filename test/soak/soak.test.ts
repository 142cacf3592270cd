import { describe, expect, test } from '@jest/globals';
import type { DeliveredEvent } from '../../emulator/engines/eventbridge/delivered-event.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { inFull } from '../support/effort.ts';
import { createJournal } from './journal.ts';
import { type Expected, type Planned, planDeliveries } from './plan.ts';
import { createReceivedEvents } from './received-events.ts';
import { soak } from './soak.ts';
import { startOwn } from './stack.ts';

const settings = {
  notifications: inFull ? 800 : 300,
  users: inFull ? 40 : 15,
  seed: 3,
  faults: true,
  kills: true,
  forget: true,
  speed: 1_000,
  concurrency: 16,
  patienceMs: 180_000,
};

describe('a short soak', () => {
  test('with faults and killed processes loses nothing and gets nothing wrong', async () => {
    const stack = await startOwn({ dynamodb: 'dynalite', visibilityTimeout: 10, keepsData: true });
    try {
      const {
        planned,
        sent,
        disruptions,
        settled,
        lost,
        wrong,
        unpublished,
        unrecorded,
        remains,
        unfinished,
        outcomes,
        injected,
      } = await soak(stack, settings, {
        start: () => {},
        sent: () => {},
      });
      expect({ settled, lost, wrong, unpublished, unrecorded, remains, unfinished, givenUp: sent.givenUp }).toEqual({
        settled: true,
        lost: [],
        wrong: [],
        unpublished: [],
        unrecorded: [],
        remains: [],
        unfinished: [],
        givenUp: 0,
      });
      expect(sent.acknowledged).toBe(planned);
      expect(disruptions.kills).toBeGreaterThan(0);
      expect(Object.keys(injected).length).toBeGreaterThan(0);
      expect(outcomes.applied).toBeGreaterThan(0);
    } finally {
      await stack.stop();
    }
  }, 600_000);
});

describe('the received events of a soak', () => {
  const event = (number: number, as_of: number | undefined, previous: number | null) =>
    ({
      detail: {
        id: `0-${number}`,
        user_id: 'u',
        level: 'basic',
        ...(as_of !== undefined && { as_of }),
        previous: previous === null ? null : { as_of: previous },
      },
    }) as unknown as DeliveredEvent;
  const tableAt = (as_of: number) => new Map([['USER#u LEVEL#basic', { as_of }]]);
  const unpublishedAfter = (...events: DeliveredEvent[]) => {
    const received = createReceivedEvents();
    for (const one of events) received.add(one);
    return (table: ReadonlyMap<string, StoredItem>) => received.unpublished(table).length;
  };

  test('accepts one event per change, duplicate and late events, and deletions', () => {
    const three = [event(1, 10, null), event(4, 20, 10), event(9, 30, 20)] as const;
    expect(unpublishedAfter(...three)(tableAt(30))).toBe(0);
    expect(unpublishedAfter(three[0], three[2], three[1], three[0], three[2])(tableAt(30))).toBe(0);
    expect(unpublishedAfter(...three, event(12, undefined, 30))(new Map())).toBe(0);
  });

  test('detects a change without an event, and an event without a change', () => {
    expect(unpublishedAfter(event(1, 10, null))(tableAt(20))).toBe(1);
    expect(unpublishedAfter(event(1, 10, null), event(3, 30, 20))(tableAt(30))).toBe(1);
    expect(unpublishedAfter()(tableAt(10))).toBe(1);
    expect(unpublishedAfter(event(1, 10, null))(new Map())).toBe(1);
  });
});

describe('the plan of a soak', () => {
  test('depends on the seed only', () => {
    const bodies = (seed: number) => [...planDeliveries({ ...settings, seed })].map(({ body }) => body);
    expect(bodies(1)).toEqual(bodies(1));
    expect(bodies(2)).not.toEqual(bodies(1));
  });

  test('has duplicates, ties, fractions, offsets and invalid bodies', () => {
    const plan = [...planDeliveries(settings)];
    expect(plan.length).toBeGreaterThan(settings.notifications);
    const bodies = plan.map(({ body }) => body);
    expect(new Set(bodies).size).toBeLessThan(bodies.length);
    for (const kind of [/nonsense/, /\+02:00/, /-05:00/, /\d\.\d{3}Z/, /email_changed/, /credential_shared/]) {
      expect(bodies.some((body) => kind.test(body))).toBe(true);
    }
  });
});

describe('the journal of a soak', () => {
  const expected = (order: Expected['order'], status = 'approved'): Planned => ({
    body: '',
    expected: { pk: 'USER#u', sk: order === 'receipt' ? 'EMAIL' : 'LEVEL#basic', order, attributes: { status } },
  });
  const ACCEPTED = { status: 'accepted', id: 'x' };

  test('expects the newest acknowledged state, in any order of arrival', () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const three = [expected([1, 0]), expected([2, 0]), expected([2, 2], 'rejected')];
      const journal = createJournal();
      for (const index of order) {
        journal.sending(three[index] as Planned);
        journal.acknowledged(three[index] as Planned, ACCEPTED);
      }
      expect(journal.entries.get('USER#u LEVEL#basic')?.acknowledged?.order).toEqual([2, 2]);
    }
  });

  test('keeps one entry per item for any number of deliveries', () => {
    const journal = createJournal();
    for (let second = 0; second < 1_000; second += 1) {
      journal.sending(expected([second, 0]));
      journal.sending(expected('receipt'));
      journal.acknowledged(expected('receipt'), ACCEPTED);
    }
    expect(journal.entries.size).toBe(2);
    expect(journal.entries.get('USER#u EMAIL')?.perhaps).toEqual([]);
  });
});
