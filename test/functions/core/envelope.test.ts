import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../../functions/core/envelope.ts';
import { MAX_BODY_BYTES } from '../../../functions/ingest/receive.ts';

const envelopeOf = (bytes: Uint8Array): Envelope => ({ id: 'abc', receivedAt: 1700000000000, bytes });

describe('an envelope', () => {
  test('preserves any bytes, as printable ASCII', () => {
    const anyBytes = fc.oneof(
      fc.uint8Array(),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = encodeEnvelope(envelopeOf(bytes));
        expect(text).toMatch(/^[\x20-\x7e]*$/);
        expect(Buffer.from(decodeEnvelope(text)?.bytes ?? []).equals(bytes)).toBe(true);
      }),
    );
  });

  test('preserves its id, its time, the reason for parking, and the entries it was signed for', () => {
    const envelope: Envelope = { ...envelopeOf(Buffer.from('x')), parked: { reason: 'not_json', signedFor: ['*'] } };
    expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
  });

  test('has a readable body if it is text', () => {
    expect(encodeEnvelope(envelopeOf(Buffer.from('{"type":"x"}')))).toContain(String.raw`"body":"{\"type\":\"x\"}"`);
  });

  test('escapes every character outside printable ASCII as four hex digits', () => {
    const text = encodeEnvelope(envelopeOf(Buffer.from('~\u007fé€😀')));
    expect(text).toContain(String.raw`"body":"~\u007f\u00e9\u20ac\ud83d\ude00"`);
    expect(String(decodeEnvelope(text)?.bytes)).toBe('~\u007fé€😀');
  });

  test.each([
    ['control characters', Buffer.alloc(MAX_BODY_BYTES)],
    ['bytes that are not text', Buffer.alloc(MAX_BODY_BYTES, 0xff)],
    ['non-ASCII characters', Buffer.from('é'.repeat(MAX_BODY_BYTES / 2))],
  ])('of the largest body, all %s, fits into an SQS message', (_, bytes) => {
    expect(encodeEnvelope(envelopeOf(bytes)).length).toBeLessThan(1024 * 1024);
  });

  test.each([
    ['no JSON', 'hello'],
    ["other people's JSON", '{"Records":[]}'],
    ['null', 'null'],
    ['another version', '{"v":2,"id":"a","received_at":1,"body":"x"}'],
    ['no body', '{"v":1,"id":"a","received_at":1}'],
    ['two bodies', '{"v":1,"id":"a","received_at":1,"body":"x","body_base64":"eA=="}'],
    ['invalid base64', '{"v":1,"id":"a","received_at":1,"body_base64":"%"}'],
    ['an invalid time', '{"v":1,"id":"a","received_at":"now","body":"x"}'],
  ])('is not decoded from %s', (_, text) => {
    expect(decodeEnvelope(text)).toBeUndefined();
  });
});
