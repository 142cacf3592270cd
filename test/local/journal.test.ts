import { describe, expect, test } from '@jest/globals';
import type { DeliveredEvent, Exchange } from '../../emulator/index.ts';
import { createJournal } from '../../local/deliveries/journal.ts';
import { aVerification } from '../support/notifications.ts';

const exchange = (id: string, user: string) =>
  ({
    body: Buffer.from(aVerification({ user, level: 'plus' })),
    status: 202,
    answer: JSON.stringify({ status: 'accepted', id }),
    context: { responseLatency: '2' },
  }) as unknown as Exchange;

const stepsOf = (journal: ReturnType<typeof createJournal>) =>
  journal.deliveries().map(({ steps }) => steps.map(({ what }) => what));

const NOTHING = new Map<string, never>();

describe('the journal of deliveries', () => {
  test('has the outcome of a delivery that was applied before its answer was seen', () => {
    const journal = createJournal(() => 7);
    journal.settled('a', 'applied');
    journal.exchange(exchange('a', 'jane'));
    journal.settled('a', 'duplicate');
    journal.exchange(exchange('a', 'jane'));
    expect(stepsOf(journal)).toEqual([
      ['received', 'accepted', 'applied'],
      ['received', 'accepted', 'duplicate'],
    ]);
  });

  test('gives each of two equal deliveries its own outcome, and a failed one its next', () => {
    const journal = createJournal(() => 7);
    journal.exchange(exchange('a', 'jane'));
    journal.failed('a', 'table down');
    journal.settled('a', 'applied');
    journal.exchange(exchange('a', 'jane'));
    journal.settled('a', 'duplicate');
    expect(stepsOf(journal)).toEqual([
      ['received', 'accepted', 'try 1 failed', 'applied'],
      ['received', 'accepted', 'duplicate'],
    ]);
  });

  test('follows a delivery to the dead letters and back, with tries of which no log tells', () => {
    const journal = createJournal(() => 7);
    journal.exchange(exchange('a', 'jane'));
    const kind = () => journal.deliveries()[0]?.kind;
    journal.look(new Map([['a', { receives: 1, hiddenUntil: 60 }]]), new Set(), [], 5);
    expect(kind()).toBe('accepted');
    journal.failed('a', 'table down');
    journal.look(new Map([['a', { receives: 3, hiddenUntil: 60 }]]), new Set(), [], 5);
    expect(journal.deliveries()[0]).toMatchObject({ kind: 'retrying', failures: 2, next: 60, reason: 'table down' });
    journal.look(NOTHING, new Set(['a']), [], 5);
    expect(kind()).toBe('gave up');
    journal.look(new Map([['a', { receives: 0, hiddenUntil: undefined }]]), new Set(), [], 5);
    expect(journal.deliveries()[0]).toMatchObject({ kind: 'accepted', failures: 0 });
    journal.settled('a', 'applied');
    expect(kind()).toBe('applied');
    const steps = ['received', 'accepted', 'try 1 failed', 'try 2 failed', 'gave up', 'redriven', 'applied'];
    expect(stepsOf(journal)).toEqual([steps]);
  });

  test('says that a delivery is missing, or that a dead letter was deleted', () => {
    let now = 7;
    const journal = createJournal(() => now);
    for (const id of ['a', 'b']) journal.exchange(exchange(id, 'jane'));
    journal.look(NOTHING, new Set(['b']), ['a'], 5);
    now += 60_000;
    journal.look(NOTHING, new Set(), ['a'], 5);
    expect(journal.deliveries().map(({ kind }) => kind)).toEqual(['missing', 'dropped']);
  });

  test.each(['fractal-webhooks', 'fractal-webhooks.check'])('shows the event of the source %s', (source) => {
    const journal = createJournal(() => 7);
    journal.exchange(exchange('a', 'doctor-1'));
    const event = (more: object) =>
      ({
        source,
        'detail-type': 'verification_approved',
        detail: { id: 'change', user_id: 'doctor-1', ...more },
      }) as unknown as DeliveredEvent;
    // Of the user's e-mail address, not of this level.
    journal.event(event({}));
    expect(stepsOf(journal)).toEqual([['received', 'accepted']]);
    journal.event(event({ level: 'plus', previous: { status: 'contacted' } }));
    journal.forwarded('change', 'forwarded');
    expect(stepsOf(journal)).toEqual([['received', 'accepted', 'event', 'forwarded']]);
    expect(journal.deliveries()[0]?.steps[2]?.text).toBe('verification_approved, was contacted');
  });
});
