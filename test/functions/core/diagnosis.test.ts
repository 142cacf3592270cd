import { describe, expect, test } from '@jest/globals';
import type { DeadLetter } from '../../../functions/core/dead-letter.ts';
import { diagnose } from '../../../functions/core/diagnosis.ts';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import { aVerification, bytesOf } from '../../support/notifications.ts';

const NOW = Date.parse('2024-06-01T00:00:00Z');
const DAY = 24 * 3_600_000;

const deadLetter = (messageId: string, second: number, receivedAt = NOW): DeadLetter => {
  const body = aVerification({ user: 'u', timestamp: `2024-05-01T00:00:0${second}Z` });
  return {
    messageId,
    receiptHandle: messageId,
    body: encodeEnvelope({ id: messageId, receivedAt, bytes: bytesOf(body) }),
    sentAt: receivedAt,
  };
};

/** The prospects of redriving, by message, if the item is as of this second; or if there is no item. */
const prospects = (deadLetters: DeadLetter[], asOfSecond?: number) => {
  const item = { as_of: Date.parse(`2024-05-01T00:00:0${asOfSecond}Z`), status_rank: 1 };
  const items = new Map(asOfSecond === undefined ? [] : [['USER#u\nLEVEL#basic', item]]);
  const explained = diagnose(deadLetters, { now: NOW, retentionMs: 14 * DAY, attempts: 5, items });
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

test('dead letters are explained oldest first, with the expiry counted from their first time on a queue', () => {
  const explained = diagnose([deadLetter('late', 1, NOW), deadLetter('early', 1, NOW - DAY)], {
    now: NOW,
    retentionMs: 14 * DAY,
    attempts: 5,
    items: new Map(),
  });
  expect(explained.map(({ id, expiresAt }) => [id, expiresAt])).toEqual([
    ['early', NOW + 13 * DAY],
    ['late', NOW + 14 * DAY],
  ]);
});
