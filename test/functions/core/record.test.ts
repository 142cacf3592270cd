import { describe, expect, test } from '@jest/globals';
import type { Envelope } from '../../../functions/core/envelope.ts';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import { interpretMessage } from '../../../functions/core/interpret-message.ts';
import { type Clock, envelopeOfRecord, fold, itemsAsOf, recordOf, stateOfRecord } from '../../../functions/core/record.ts';
import type { StoredItem } from '../../../functions/core/state.ts';
import { anEmailChange, aResult, aVerification, bytesOf, DOCUMENTED } from '../../support/notifications.ts';

const NOON = Date.parse('2026-10-09T12:00:00Z');
const PROOF = { entry: '*', signatureSha256: 'ab'.repeat(32) };

const read = (body: string, more: Partial<Envelope> = {}) => {
  const envelope = { id: 'id', receivedAt: NOON, bytes: bytesOf(body), ...more };
  const interpretation = interpretMessage(encodeEnvelope(envelope), NOON);
  if (interpretation.kind !== 'understood') throw new Error(interpretation.problem);
  return interpretation;
};

const record = (body: string, more: Partial<Envelope> = {}) => {
  const { envelope, type, state } = read(body, more);
  return recordOf(envelope, type, state);
};

/** The record as the history has it. */
const stored = (body: string, more: Partial<Envelope> = {}): StoredItem => {
  const one = record(body, more);
  return { ...one.key, ...one.attributes, recorded_at: NOON + 5, release: '1.2.0' };
};

describe('the record of a delivery', () => {
  test('has what it said, its evidence, and a key with the receipt', () => {
    expect(record(DOCUMENTED.signedBody, { proof: PROOF })).toEqual({
      isKept: true,
      key: { pk: 'USER#b5c5a2cd-643e-444b-9591-e7b25fec997d', sk: 'LEVEL#basic#2026-10-09T12:00:00.000Z#id' },
      attributes: {
        user_id: 'b5c5a2cd-643e-444b-9591-e7b25fec997d',
        level: 'basic',
        status: 'approved',
        status_rank: 1,
        timestamp: '2020-10-09T10:50:32Z',
        item: 'LEVEL#basic',
        type: 'verification_approved',
        id: 'id',
        as_of: Date.parse('2020-10-09T10:50:32Z'),
        received_at: NOON,
        source: 'webhook',
        body: DOCUMENTED.signedBody,
        token_entry: '*',
        signature_sha256: PROOF.signatureSha256,
      },
    });
  });

  test('is the same for a message that comes again, and another for the same bytes received again', () => {
    const keys = [NOON, NOON, NOON + 1].map((receivedAt) => record(DOCUMENTED.signedBody, { receivedAt }).key.sk);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  test('of a decision names who has decided, and why', () => {
    const decision = { asOf: NOON, statusRank: 3.5, by: 'arn:me', why: 'asked' };
    expect(record(aResult('42'), { decision }).attributes).toMatchObject({
      source: 'operator',
      as_of: NOON,
      decided_by: 'arn:me',
      decided_why: 'asked',
      decided_rank: 3.5,
    });
  });

  test.each([
    ['doctor-1', false],
    ['fractal-webhooks-check', false],
    ['42', true],
  ])('of the user %s is kept: %s', (user, isKept) => {
    expect(record(aVerification({ user })).isKept).toBe(isKept);
  });

  test.each([...Object.values(DOCUMENTED.payloads), aResult('42', 'pending')])('states the same as the delivery: %s', (body) => {
    expect(stateOfRecord(stored(body))).toEqual(read(body).state);
  });

  test('states what a person has decided', () => {
    const decision = { asOf: NOON, statusRank: 3.5, by: 'arn:me', why: 'asked' };
    expect(stateOfRecord(stored(aResult('42'), { decision }))).toEqual(read(aResult('42'), { decision }).state);
  });

  test.each([
    ['no id', { id: null }],
    ['no time', { received_at: null }],
    ['another body', { body: 'nonsense' }],
    ['no body', { body: null }],
  ])('states nothing with %s', (_, change) => {
    expect(stateOfRecord({ ...stored(DOCUMENTED.signedBody), ...change })).toBeUndefined();
  });

  test('may have a body in base64', () => {
    const { body: _, ...rest } = stored(DOCUMENTED.signedBody);
    const base64 = bytesOf(DOCUMENTED.signedBody).toString('base64');
    expect(stateOfRecord({ ...rest, body_base64: base64 })).toEqual(read(DOCUMENTED.signedBody).state);
  });
});

test('the fold of records is the newest state of each item, in any order', () => {
  const records = [
    stored(aVerification({ user: 'u', status: 'rejected', timestamp: '2026-10-02T00:00:00Z' })),
    stored(aVerification({ user: 'u', timestamp: '2026-10-01T00:00:00Z' })),
    stored(anEmailChange('u', 'new@example.com'), { receivedAt: NOON + 1 }),
    stored(anEmailChange('u', 'old@example.com')),
    stored(aResult('u', 'pending')),
    { pk: 'USER#u', sk: 'of somebody else' },
  ];
  for (const some of [records, records.toReversed()]) {
    expect([...fold(some).values()].map(({ sk, status, email }) => [sk, status ?? email]).sort()).toEqual([
      ['EMAIL', 'new@example.com'],
      ['LEVEL#basic', 'rejected'],
    ]);
  }
});

test('the items of a time are those of the records received, or recorded, until then', () => {
  const records = [
    stored(aVerification({ user: 'u', timestamp: '2026-10-01T00:00:00Z' })),
    { ...stored(aVerification({ user: 'u', status: 'rejected', timestamp: '2026-10-02T00:00:00Z' })), recorded_at: NOON + 9 },
  ];
  const statusAt = (at: number, clock?: Clock) => [...itemsAsOf(records, at, clock).values()].map(({ status }) => status);
  expect([statusAt(NOON - 1), statusAt(NOON)]).toEqual([[], ['rejected']]);
  expect([4, 5, 8, 9].map((later) => statusAt(NOON + later, 'recorded'))).toEqual([[], ['approved'], ['approved'], ['rejected']]);
});

test('a body that is no text is recorded as Base64, and read back', () => {
  const bytes = Uint8Array.from([0x7b, 0xff, 0x7d]);
  const { state } = read(DOCUMENTED.signedBody);
  const { key, attributes } = recordOf({ id: 'id', receivedAt: NOON, bytes }, 'verification_approved', state);
  expect(attributes).toMatchObject({ body_base64: Buffer.from(bytes).toString('base64') });
  expect(attributes).not.toHaveProperty('body');
  const record = { ...key, ...attributes };
  expect(envelopeOfRecord(record)).toMatchObject({ id: 'id', receivedAt: NOON, bytes: Buffer.from(bytes), source: 'webhook' });
  expect(stateOfRecord(record)).toBeUndefined();
});

test.each([
  [{}, undefined],
  [{ id: 'id' }, undefined],
  [{ received_at: 1 }, undefined],
  [
    { id: 'id', received_at: 1, body: 'x' },
    { id: 'id', receivedAt: 1, bytes: Buffer.from('x') },
  ],
  [
    { id: 'id', received_at: 1, body: 'x', token_entry: '*' },
    { id: 'id', receivedAt: 1, bytes: Buffer.from('x') },
  ],
  [
    { id: 'id', received_at: 1, body: 'x', signature_sha256: 'ab' },
    { id: 'id', receivedAt: 1, bytes: Buffer.from('x') },
  ],
  [
    { id: 'id', received_at: 1, body: 'x', token_entry: '*', signature_sha256: 'ab' },
    { id: 'id', receivedAt: 1, bytes: Buffer.from('x'), proof: { entry: '*', signatureSha256: 'ab' } },
  ],
  [
    { id: 'id', received_at: 1, body: 'x', source: 'operator', decided_rank: 3.5, as_of: 0, decided_by: 'a', decided_why: 'b' },
    {
      id: 'id',
      receivedAt: 1,
      bytes: Buffer.from('x'),
      source: 'operator',
      decision: { asOf: 0, statusRank: 3.5, by: 'a', why: 'b' },
    },
  ],
  [
    { id: 'id', received_at: 1, body: 'x', decided_rank: 3.5 },
    { id: 'id', receivedAt: 1, bytes: Buffer.from('x') },
  ],
])('the envelope of the record %j is %j', (record, envelope) => {
  expect(envelopeOfRecord(record)).toEqual(envelope);
});
