import { describe, expect, test } from '@jest/globals';
import { stateOf } from '../../../functions/core/notification.ts';
import { parseNotification } from '../../../functions/core/parse-notification.ts';
import type { Decision, Source } from '../../../functions/core/receipt.ts';
import {
  compareStates,
  isContested,
  itemAfter,
  predictOutcome,
  type State,
  type StoredItem,
} from '../../../functions/core/state.ts';
import { aResult, bytesOf, DOCUMENTED } from '../../support/notifications.ts';

const NOON = Date.parse('2026-10-09T12:00:00Z');

const parse = (body: string) => parseNotification(bytesOf(body), NOON);

const state = (body: string, receivedAt = NOON, decision?: Decision, id = 'id'): State => {
  const parsed = parse(body);
  if (parsed.kind !== 'understood') throw new Error(parsed.reason);
  return stateOf(parsed.notification, { id, receivedAt, decision });
};

const ALICE = aResult('alice', 'approved');
const REJECTED = aResult('alice', 'rejected', 'Document expired');

/** The item after these results, received in this order an hour apart, and the outcomes. */
const ending = (...bodies: string[]) => {
  let item: StoredItem | undefined;
  const outcomes = bodies.map((body, hour) => {
    const one = state(body, NOON + hour * 3_600_000);
    const outcome = predictOutcome(one, item);
    item = itemAfter(one, item);
    return outcome;
  });
  return { item: item as StoredItem, outcomes };
};

describe("a body of Kraken's", () => {
  test.each([
    ['as documented', DOCUMENTED.payloads.kraken],
    ['approved', ALICE],
    ['pending', aResult('alice', 'pending')],
    ['without a note', '{"id":"alice","status":"rejected"}'],
    ['whose note is null', '{"id":"alice","status":"rejected","note":null}'],
    ['whose note is empty', '{"id":"alice","status":"rejected","note":""}'],
    ['with further fields', '{"id":"alice","status":"approved","level":"basic","data":{"type":1}}'],
  ])('is understood: %s', (_, body) => {
    expect(parse(body)).toMatchObject({ kind: 'understood', type: 'kraken', notification: { type: 'kraken' } });
  });

  test.each([
    ['unknown_status: expired', 'kraken', '{"id":"alice","status":"expired"}'],
    ['unknown_status', 'kraken', '{"id":"alice","status":"Approved by J. Doe"}'],
    ['wrong_field: status', 'kraken', '{"id":"alice","status":null}'],
    ['wrong_field: id', 'kraken', '{"id":42,"status":"approved"}'],
    ['wrong_field: id', 'kraken', '{"id":"","status":"approved"}'],
    ['wrong_field: note', 'kraken', '{"id":"alice","status":"approved","note":{"text":"x"}}'],
    ['missing_field: status', undefined, '{"id":"alice","state":"approved"}'],
    ['missing_field: id', undefined, '{"user":"alice","status":"approved"}'],
    ['missing_field: type', undefined, '{"user":"alice"}'],
    ['wrong_field: type', undefined, '{"type":null,"id":"alice","status":"approved"}'],
    ['unknown_type: kraken', undefined, '{"type":"kraken","id":"alice","status":"approved"}'],
    ['missing_field: type', undefined, '["id","status"]'],
  ])('that is almost right is %s', (reason, type, body) => {
    expect(parse(body)).toEqual({ kind: 'not_understood', reason, type });
  });

  test('with a type is a classic one, whatever else it has', () => {
    const classic = JSON.stringify({ ...JSON.parse(DOCUMENTED.signedBody), id: 'alice', status: 'rejected' });
    expect(parse(classic)).toMatchObject({ kind: 'understood', type: 'verification_approved' });
  });
});

describe("the state for a result of Kraken's", () => {
  test('is that of a level; a rejection is as of its receipt', () => {
    expect(state(REJECTED)).toEqual({
      key: { pk: 'USER#alice', sk: 'LEVEL#kraken' },
      asOf: NOON,
      tieBreaks: ['status_rank', 'receipt'],
      attributes: {
        user_id: 'alice',
        level: 'kraken',
        status: 'rejected',
        status_rank: 3,
        timestamp: '2026-10-09T12:00:00Z',
        receipt: '2026-10-09T12:00:00.000Z#id',
        note: 'Document expired',
      },
      without: ['decided_by', 'decided_why'],
      mark: { attribute: 'rejection_received_at', keeps: 'first', at: NOON },
    });
  });

  test('is older than any rejection if it is an approval, and removes the note', () => {
    expect(state(ALICE)).toMatchObject({
      asOf: 0,
      attributes: { status: 'approved', status_rank: 1, timestamp: '2026-10-09T12:00:00Z' },
      without: ['note', 'decided_by', 'decided_why'],
      mark: { attribute: 'approval_received_at', keeps: 'latest', at: NOON },
    });
    expect(state('{"id":"alice","status":"rejected","note":""}').without).toContain('note');
  });

  test('asks for nothing if it is pending', () => {
    const pending = state(aResult('alice', 'pending'));
    expect(pending).toMatchObject({ asksNothing: true, key: { sk: 'LEVEL#kraken' } });
    const { item } = ending(REJECTED);
    expect([undefined, item].map((one) => predictOutcome(pending, one))).toEqual(['unchanged', 'unchanged']);
  });

  test('has no time if Kraken said it when asked, because its answer may be about a verification of long ago', () => {
    const parsed = parse(REJECTED);
    if (parsed.kind !== 'understood') throw new Error(parsed.reason);
    const at = (source?: Source) => stateOf(parsed.notification, { id: 'id', receivedAt: NOON, source }).attributes.timestamp;
    expect([at('reconciled'), at('webhook'), at()]).toEqual([undefined, '2026-10-09T12:00:00Z', '2026-10-09T12:00:00Z']);
  });

  test('of a decision has its place in the order, and its record', () => {
    expect(state(ALICE, NOON, { asOf: 7, statusRank: 3.5, by: 'arn:me', why: 'asked' })).toMatchObject({
      asOf: 7,
      attributes: { status: 'approved', status_rank: 3.5, decided_by: 'arn:me', decided_why: 'asked' },
      without: ['note'],
      mark: { attribute: 'decided_at', keeps: 'latest', at: NOON },
    });
  });
});

test('of two approvals, neither of which has a time, the one received later is newer', () => {
  const [first, second] = [state(ALICE, NOON), state(ALICE, NOON + 1)];
  expect(compareStates(second, first)).toBeGreaterThan(0);
  expect(compareStates(first, second)).toBeLessThan(0);
});

test('an item that contradicts the rule of the table is not contested, but a contradiction', () => {
  const item = { status: 'rejected', as_of: 'noon', rejection_received_at: NOON };
  expect(predictOutcome(state(ALICE, NOON + 1), item)).toEqual({ contradiction: 'the as_of of the item is not a number' });
});

test('a rejection is contested by an approval that was received after it, and after a decision', () => {
  const item = { status: 'rejected', rejection_received_at: 5, decided_at: 7 };
  expect([6, 7, 8].map((approval_received_at) => isContested({ ...item, approval_received_at }))).toEqual([false, false, true]);
  expect(isContested({ status: 'rejected', rejection_received_at: 5, approval_received_at: 5 })).toBe(false);
});

test('what asks for nothing is older than any result, and as old as itself', () => {
  const [pending, approved] = [state(aResult('alice', 'pending')), state(ALICE)];
  expect([compareStates(pending, approved), compareStates(approved, pending)].map(Math.sign)).toEqual([-1, 1]);
  expect(compareStates(pending, pending)).toBe(0);
});

describe('results in the order of their receipt', () => {
  test.each([
    ['approved', [ALICE], ['applied'], false],
    ['approved', [ALICE, ALICE], ['applied', 'applied'], false],
    ['rejected', [ALICE, REJECTED], ['applied', 'applied'], false],
    ['rejected', [REJECTED, REJECTED], ['applied', 'applied'], false],
    ['rejected', [REJECTED, ALICE], ['applied', 'contested'], true],
    ['rejected', [ALICE, REJECTED, ALICE], ['applied', 'applied', 'contested'], true],
    ['rejected', [ALICE, REJECTED, ALICE, REJECTED], ['applied', 'applied', 'contested', 'applied'], true],
  ] as const)('end %s: %j', (status, bodies, outcomes, contested) => {
    const ended = ending(...bodies);
    expect(ended.item).toMatchObject({ status });
    expect(ended.outcomes).toEqual(outcomes);
    expect(isContested(ended.item)).toBe(contested);
  });

  test('lose the note of a rejection with a decision, and keep the attributes of a team', () => {
    const { item } = ending(REJECTED, ALICE);
    const decided = itemAfter(state(ALICE, NOON + 9, { asOf: NOON, statusRank: 3.5, by: 'me', why: 'asked' }), {
      ...item,
      flag: 'ours',
    });
    expect(decided).toMatchObject({ status: 'approved', flag: 'ours', decided_by: 'me' });
    expect(decided).not.toHaveProperty('note');
  });
});

describe('a decision', () => {
  const { item } = ending(REJECTED, ALICE);
  const decided = (status: string) =>
    itemAfter(state(aResult('alice', status), NOON + 7_200_000, { asOf: NOON, statusRank: 3.5, by: 'me', why: 'asked' }), item);

  test.each(['approved', 'rejected'])('settles what was contested before it: %s', (status) => {
    expect(decided(status)).toMatchObject({ status });
    expect(isContested(decided(status))).toBe(false);
  });

  test('yields to a later rejection, also to one that was on its way', () => {
    const later = state(REJECTED, NOON + 1);
    expect(predictOutcome(later, decided('approved'))).toBe('applied');
    expect(itemAfter(later, decided('approved'))).toMatchObject({ status: 'rejected', note: 'Document expired' });
    expect(itemAfter(later, decided('approved'))).not.toHaveProperty('decided_by');
  });

  test('is contested again by a later approval only if it was a rejection', () => {
    const again = state(ALICE, NOON + 9_000_000);
    expect(predictOutcome(again, decided('rejected'))).toBe('contested');
    expect(predictOutcome(again, decided('approved'))).toBe('stale');
  });
});
