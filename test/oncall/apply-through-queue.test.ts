import { expect, test } from '@jest/globals';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { interpretMessage } from '../../functions/core/interpret-message.ts';
import { itemAfter, type State } from '../../functions/core/state.ts';
import { shows } from '../../oncall/apply-through-queue.ts';
import { aResult, bytesOf } from '../support/notifications.ts';

const NOW = Date.UTC(2026, 0, 1);

const received = (status: string, receivedAt: number): State => {
  const envelope = { id: status, receivedAt, bytes: bytesOf(aResult('alice', status)) };
  const read = interpretMessage(encodeEnvelope(envelope), receivedAt);
  if (read.kind !== 'understood') throw new Error(read.kind);
  return read.state;
};

test('an item shows a result of Kraken only with the time of its receipt, which apply writes apart', () => {
  const [rejected, approved] = [received('rejected', NOW), received('approved', NOW + 1_000)];
  const item = itemAfter(rejected, undefined);
  expect([shows(undefined, rejected), shows(item, rejected), shows(item, approved)]).toEqual([false, true, false]);
  expect(shows(itemAfter(approved, item), approved)).toBe(true);
  // A later approval says more.
  expect(shows(itemAfter(received('approved', NOW + 2_000), item), approved)).toBe(true);
});
