import { describe, expect, test } from '@jest/globals';
import { stateOf } from '../../../functions/core/notification.ts';
import { parseNotification } from '../../../functions/core/parse-notification.ts';
import {
  compareStates,
  identityOf,
  isMarkMissing,
  predictOutcome,
  type State,
  type StoredItem,
} from '../../../functions/core/state.ts';
import { anEmailChange, aVerification, bytesOf, DOCUMENTED } from '../../support/notifications.ts';

const RECEIVED_AT = Date.parse('2024-05-06T08:00:00Z');

const state = (body: string, receivedAt = RECEIVED_AT): State => {
  const reading = parseNotification(bytesOf(body), receivedAt);
  if (reading.kind === 'not_understood') throw new Error(reading.reason);
  return stateOf(reading.notification, { id: 'id', receivedAt });
};

describe('the state for a notification', () => {
  test('of a verification is kept per user and level', () => {
    expect(state(DOCUMENTED.payloads.verification_contacted)).toEqual({
      key: { pk: 'USER#14ec6af0-12f8-4bce-a6ab-01ce87fa1812', sk: 'LEVEL#basic' },
      asOf: 1585834535000,
      tieBreaks: ['status_rank'],
      without: [],
      attributes: {
        user_id: '14ec6af0-12f8-4bce-a6ab-01ce87fa1812',
        level: 'basic',
        status: 'contacted',
        status_rank: 2,
        timestamp: '2020-04-02T13:35:35Z',
      },
    });
  });

  test('of a credential is kept per human and credential', () => {
    expect(state(DOCUMENTED.payloads.credential_shared)).toEqual({
      key: { pk: 'HUMAN#IDOS_HUMAN_UUID', sk: 'CREDENTIAL#IDOS_CREDENTIAL_DATA_ID' },
      asOf: 1585834535000,
      tieBreaks: ['credential_id'],
      without: [],
      attributes: {
        idos_human_id: 'IDOS_HUMAN_UUID',
        credential_id: 'IDOS_CREDENTIAL_DATA_ID',
        shared_at: '2020-04-02T13:35:35Z',
      },
    });
  });

  test('of an e-mail address is as of its receipt, because Fractal sends no time with it', () => {
    expect(state(DOCUMENTED.payloads.email_changed)).toEqual({
      key: { pk: 'USER#14ec6af0-12f8-4bce-a6ab-01ce87fa1812', sk: 'EMAIL' },
      asOf: RECEIVED_AT,
      tieBreaks: ['email'],
      without: [],
      attributes: { user_id: '14ec6af0-12f8-4bce-a6ab-01ce87fa1812', email: 'john.snow@fractal.id' },
    });
  });

  test('does not depend on the notation of a time', () => {
    const inUtc = state(aVerification({ user: 'u', timestamp: '2024-01-01T10:00:00Z' }));
    expect(state(aVerification({ user: 'u', timestamp: '2024-01-01T12:00:00.000+02:00' }))).toEqual(inUtc);
  });

  test('belongs to a different item for another level, another user, or another facet', () => {
    const identities = [
      aVerification({ user: 'u', level: 'basic' }),
      aVerification({ user: 'u', level: 'liveness' }),
      aVerification({ user: 'v', level: 'basic' }),
      aVerification({ user: 'u#LEVEL', level: 'basic' }),
      aVerification({ user: 'u', level: 'LEVEL#basic' }),
      anEmailChange('u'),
    ].map((body) => identityOf(state(body)));
    expect(new Set(identities).size).toBe(identities.length);
  });
});

describe('the order of two states', () => {
  const newerOf = (a: string, b: string) => (compareStates(state(a), state(b)) > 0 ? a : b);

  test('depends on their times, not on the text of the times', () => {
    const plain = aVerification({ timestamp: '2024-01-01T00:00:32Z' });
    const later = aVerification({ timestamp: '2024-01-01T00:00:32.500Z' });
    expect(newerOf(plain, later)).toBe(later);
    expect(newerOf(later, plain)).toBe(later);
    const offset = aVerification({ timestamp: '2023-12-31T23:00:33-01:00' });
    expect(newerOf(later, offset)).toBe(offset);
  });

  test.each([
    ['rejected', 'contacted'],
    ['contacted', 'approved'],
    ['rejected', 'approved'],
  ] as const)('within one second, %s wins over %s', (winner, loser) => {
    const a = aVerification({ status: winner });
    const b = aVerification({ status: loser });
    expect(newerOf(a, b)).toBe(a);
    expect(newerOf(b, a)).toBe(a);
  });

  test('of two addresses received in the same millisecond is the order of their UTF-8 bytes, as in DynamoDB', () => {
    const bmp = anEmailChange('u', '\uFB00@example.com');
    const astral = anEmailChange('u', '😀@example.com');
    expect(newerOf(bmp, astral)).toBe(astral);
    expect(newerOf(astral, bmp)).toBe(astral);
  });

  test('of equal states is 0', () => {
    expect(compareStates(state(aVerification({ user: 'u' })), state(aVerification({ user: 'u' })))).toBe(0);
  });
});

describe('the outcome of writing a state over an item', () => {
  const level = state(aVerification({ user: 'u', status: 'contacted' }));
  const { asOf } = level;

  test.each<[StoredItem | undefined, string]>([
    [undefined, 'applied'],
    [{}, 'applied'],
    [{ note: 'of a team' }, 'applied'],
    [{ as_of: asOf - 1, status_rank: 3 }, 'applied'],
    [{ as_of: asOf + 1, status_rank: 1 }, 'stale'],
    [{ as_of: asOf }, 'applied'],
    [{ as_of: asOf, status_rank: 1 }, 'applied'],
    [{ as_of: asOf, status_rank: 2 }, 'duplicate'],
    [{ as_of: asOf, status_rank: 3 }, 'stale'],
  ])('%j is predicted', (item, outcome) => {
    expect(predictOutcome(level, item)).toBe(outcome);
  });

  test.each<[State, StoredItem, string]>([
    [level, { as_of: 'text' }, 'the as_of of the item is not a number'],
    [level, { as_of: null }, 'the as_of of the item is not a number'],
    [level, { as_of: asOf, status_rank: '2' }, 'the status_rank of the item is not a number'],
    [level, { as_of: asOf, status_rank: null }, 'the status_rank of the item is not a number'],
    [state(anEmailChange('u')), { as_of: RECEIVED_AT, email: 7 }, 'the email of the item is not text'],
  ])('is not predicted for %j over %j', (given, item, contradiction) => {
    expect(predictOutcome(given, item)).toEqual({ contradiction });
  });
});

describe('a mark', () => {
  test.each([
    ['latest', 5, undefined, true],
    ['latest', 5, 'text', true],
    ['latest', 5, 4, true],
    ['latest', 5, 5, false],
    ['latest', 5, 6, false],
    ['first', 5, 6, true],
    ['first', 5, 5, false],
    ['first', 5, 4, false],
  ] as const)('%s of %d is missing beside %s: %s', (keeps, at, known, missing) => {
    const item = known === undefined ? {} : { decided_at: known };
    expect(isMarkMissing({ attribute: 'decided_at', keeps, at }, item)).toBe(missing);
  });
});

describe('two values that break a tie', () => {
  const ranked = (rank: number | string) => ({ ...state(aVerification()), attributes: { status_rank: rank } }) as State;

  test.each([
    [9, 10, -1],
    [10, 9, 1],
    [3.5, 3.75, -1],
    [3, 3, 0],
    ['9', '10', 1],
    [9, '10', 1],
  ])('%j and %j are compared as numbers if both are', (a, b, order) => {
    expect(Math.sign(compareStates(ranked(a), ranked(b)))).toBe(order);
  });
});
