import { describe, expect, test } from '@jest/globals';
import { type Circumstances, diagnose, interpretAll, keysOf } from '../../../functions/core/diagnosis.ts';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import type { HeldMessage } from '../../../functions/core/held-message.ts';
import { aVerification, bytesOf, DOCUMENTED } from '../../support/notifications.ts';

const NOW = Date.parse('2024-06-01T00:00:00Z');
const DAY = 24 * 3_600_000;

const deadLetter = (messageId: string, second: number, receivedAt = NOW): HeldMessage => {
  const body = aVerification({ user: 'u', timestamp: `2024-05-01T00:00:0${second}Z` });
  return {
    messageId,
    receiptHandle: messageId,
    body: encodeEnvelope({ id: messageId, receivedAt, bytes: bytesOf(body) }),
    sentAt: receivedAt,
  };
};

const withBody = (body: string): HeldMessage => ({ messageId: 'm', receiptHandle: 'm', body, sentAt: NOW });
const PARKED = { id: 'p', receivedAt: NOW - DAY, parked: { reason: 'not_json', signedFor: ['*'] } };
const CIRCUMSTANCES = { retentionMs: 14 * DAY, attempts: 5, items: new Map() };

const diagnosesOf = (deadLetters: readonly HeldMessage[], circumstances: Circumstances = CIRCUMSTANCES) =>
  diagnose(interpretAll(deadLetters, NOW), circumstances);

/** The prospects of redriving, by message, if the item is as of this second; or if there is no item. */
const prospects = (deadLetters: HeldMessage[], asOfSecond?: number) => {
  const item = { as_of: Date.parse(`2024-05-01T00:00:0${asOfSecond}Z`), status_rank: 1 };
  const items = new Map(asOfSecond === undefined ? [] : [['USER#u\nLEVEL#basic', item]]);
  const explained = diagnosesOf(deadLetters, { ...CIRCUMSTANCES, items });
  return Object.fromEntries(explained.map(({ id, prospect }) => [id, prospect]));
};

describe('the prospects of redriving', () => {
  test('depend on the current item', () => {
    expect(prospects([deadLetter('a', 1)])).toEqual({ a: 'would_apply' });
    expect(prospects([deadLetter('a', 2)], 1)).toEqual({ a: 'would_apply' });
    expect(prospects([deadLetter('a', 1)], 1)).toEqual({ a: 'duplicate' });
    expect(prospects([deadLetter('a', 1)], 2)).toEqual({ a: 'stale' });
  });

  test('of several messages for one item: the newest would apply, and the others would be stale', () => {
    const all = [deadLetter('older', 1), deadLetter('newest', 3), deadLetter('again', 3)];
    expect(prospects(all)).toEqual({ older: 'stale', newest: 'would_apply', again: 'duplicate' });
  });

  test('of a duplicate: it would be stale if a newer message is also waiting', () => {
    expect(prospects([deadLetter('known', 1), deadLetter('newer', 2)], 1)).toEqual({ known: 'stale', newer: 'would_apply' });
  });

  test('of all messages: none would apply if the item is newer', () => {
    expect(prospects([deadLetter('a', 1), deadLetter('b', 2), deadLetter('again', 2)], 3)).toEqual({
      a: 'stale',
      b: 'stale',
      again: 'stale',
    });
    expect(prospects([deadLetter('a', 1), deadLetter('b', 2), deadLetter('again', 2)], 2)).toEqual({
      a: 'stale',
      b: 'duplicate',
      again: 'duplicate',
    });
  });
});

test('a message is diagnosed by its cause: parked, given up, or of another sender', () => {
  const parked = withBody(encodeEnvelope({ ...PARKED, bytes: bytesOf('nonsense') }));
  const given = withBody(encodeEnvelope({ id: 'g', receivedAt: NOW, bytes: bytesOf(DOCUMENTED.signedBody) }));
  const foreign = withBody('hello');
  expect(diagnosesOf([parked, given, foreign])).toMatchObject([
    {
      id: 'p',
      type: undefined,
      state: undefined,
      cause: 'parked: not_json',
      prospect: 'not_understood',
      problem: 'not_json',
      firstArrivedAt: NOW - DAY,
    },
    {
      id: 'g',
      type: 'verification_approved',
      state: { key: { sk: 'LEVEL#basic' } },
      cause: 'apply gave up after 5 attempts',
      prospect: 'would_apply',
      problem: undefined,
    },
    {
      id: 'm',
      type: undefined,
      state: undefined,
      cause: 'not from this receiver',
      prospect: 'not_understood',
      problem: 'not_an_envelope',
      firstArrivedAt: NOW,
    },
  ]);
});

test('a parked message of a type that has become known is not understood if another token signed it', () => {
  const envelope = { ...PARKED, parked: { reason: 'unknown_type', signedFor: ['email_changed'] } };
  const known = withBody(encodeEnvelope({ ...envelope, bytes: bytesOf(DOCUMENTED.signedBody) }));
  expect(diagnosesOf([known])).toMatchObject([
    { id: 'p', state: undefined, prospect: 'not_understood', problem: 'signed_for_another_type' },
  ]);
});

test('a message is not predicted if the table cannot be read or its item contradicts the rule of the table', () => {
  expect(diagnosesOf([deadLetter('a', 1)], { ...CIRCUMSTANCES, items: undefined })).toMatchObject([
    { prospect: 'unknown', problem: undefined },
  ]);
  const items = new Map([['USER#u\nLEVEL#basic', { as_of: 'text' }]]);
  expect(diagnosesOf([deadLetter('a', 1)], { ...CIRCUMSTANCES, items })).toMatchObject([
    { prospect: 'would_fail', problem: 'the as_of of the item is not a number' },
  ]);
});

test('the keys of dead letters are distinct, without those of messages that are not understood', () => {
  expect(keysOf(interpretAll([deadLetter('a', 1), withBody('hello'), deadLetter('b', 2)], NOW))).toEqual([
    { pk: 'USER#u', sk: 'LEVEL#basic' },
  ]);
});

test('dead letters are explained oldest first, with the expiry counted from their first time on a queue', () => {
  const explained = diagnosesOf([deadLetter('late', 1, NOW), deadLetter('early', 1, NOW - DAY)]);
  expect(explained.map(({ id, expiresAt }) => [id, expiresAt])).toEqual([
    ['early', NOW + 13 * DAY],
    ['late', NOW + 14 * DAY],
  ]);
});
