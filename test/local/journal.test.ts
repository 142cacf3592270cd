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

describe('the journal of deliveries', () => {
  test('has the outcome of a delivery that was applied before its answer was seen', () => {
    const journal = createJournal(() => 7);
    journal.settled('a', 'applied', '');
    journal.exchange(exchange('a', 'jane'));
    journal.settled('a', 'duplicate', '');
    journal.exchange(exchange('a', 'jane'));
    expect(stepsOf(journal)).toEqual([
      ['received', 'accepted', 'applied'],
      ['received', 'accepted', 'duplicate'],
    ]);
  });

  test('gives each of two equal deliveries its own outcome, and a failed one its next', () => {
    const journal = createJournal(() => 7);
    journal.exchange(exchange('a', 'jane'));
    journal.settled('a', 'failed', 'table down');
    journal.settled('a', 'applied', '');
    journal.exchange(exchange('a', 'jane'));
    journal.settled('a', 'duplicate', '');
    expect(stepsOf(journal)).toEqual([
      ['received', 'accepted', 'failed', 'applied'],
      ['received', 'accepted', 'duplicate'],
    ]);
  });

  test.each(['fractal-webhooks', 'fractal-webhooks.check'])('shows the event of the source %s', (source) => {
    const journal = createJournal(() => 7);
    journal.exchange(exchange('a', 'doctor-1'));
    const detail = { user_id: 'doctor-1', level: 'plus' };
    journal.event({ source, 'detail-type': 'verification_approved', detail } as unknown as DeliveredEvent);
    expect(stepsOf(journal)).toEqual([['received', 'accepted', 'event']]);
  });
});
