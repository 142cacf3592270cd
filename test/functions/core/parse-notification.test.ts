import { describe, expect, test } from '@jest/globals';
import { parseNotification } from '../../../functions/core/parse-notification.ts';
import { anEmailChange, aVerification, bytesOf, DOCUMENTED } from '../../support/notifications.ts';

const NOW = Date.parse('2024-05-06T08:00:00Z');
const reasonFor = (body: string | Uint8Array) => {
  const reading = parseNotification(bytesOf(body), NOW);
  return reading.kind === 'not_understood' ? reading.reason : reading;
};

describe('parsing a body', () => {
  test.each(Object.entries(DOCUMENTED.payloads))('understands the documented %s', (type, body) => {
    expect(parseNotification(bytesOf(body), NOW)).toMatchObject({ kind: 'understood', type, notification: { type } });
  });

  test('accepts an unknown level, and ignores unknown fields', () => {
    const body =
      '{"type":"verification_approved","sent":1,"data":{"level":"moon walk/é😀#","user_id":"u","timestamp":"2024-01-01T00:00:00Z","x":{}}}';
    expect(parseNotification(bytesOf(body), NOW)).toMatchObject({
      kind: 'understood',
      notification: { data: { level: 'moon walk/é😀#' } },
    });
  });

  test('uses the last value of a repeated key', () => {
    const body = '{"type":"unknown","type":"email_changed","data":{"user_id":"a","user_id":"b","email":"c@example.com"}}';
    expect(parseNotification(bytesOf(body), NOW)).toMatchObject({ kind: 'understood', notification: { data: { user_id: 'b' } } });
  });

  test.each<[string, string | Uint8Array, string]>([
    ['an empty body', '', 'empty_body'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'not_utf8'],
    ['a noncharacter', aVerification({ level: 'ba\uFFFEsic' }), 'not_text'],
    ['text that is not JSON', 'my-payload', 'not_json'],
    ['JSON after a byte order mark', `\uFEFF${aVerification()}`, 'not_json'],
    ['JSON that is not an object', '["verification_approved"]', 'missing_field: type'],
    ['a number', '1e400', 'not_an_object'],
    ['null', 'null', 'not_an_object'],
    ['a type that is not text', '{"type":5,"data":{}}', 'wrong_field: type'],
    ['no type', '{"data":{}}', 'missing_field: type'],
    [
      'a former type of Fractal',
      '{"type":"application_access_revoked","data":{"user_id":"u"}}',
      'unknown_type: application_access_revoked',
    ],
    ['a type that is not a plain word', '{"type":"john@example.com","data":{}}', 'unknown_type'],
    ['no data', '{"type":"email_changed"}', 'missing_field: data'],
    ['data that is not an object', '{"type":"email_changed","data":7}', 'wrong_field: data'],
    ['a missing field', '{"type":"email_changed","data":{"email":"a@example.com"}}', 'missing_field: data.user_id'],
    [
      'a field of the wrong type',
      '{"type":"email_changed","data":{"user_id":7,"email":"a@example.com"}}',
      'wrong_field: data.user_id',
    ],
    ['an empty field', anEmailChange(''), 'wrong_field: data.user_id'],
    ['a field longer than a key can be', anEmailChange('u'.repeat(513)), 'wrong_field: data.user_id'],
    ['a control character', anEmailChange('a\nb'), 'wrong_field: data.user_id'],
    ['half of a surrogate pair', anEmailChange('a\ud800'), 'wrong_field: data.user_id'],
    [
      'an escaped noncharacter',
      '{"type":"email_changed","data":{"user_id":"\\ufffe","email":"a@b"}}',
      'wrong_field: data.user_id',
    ],
    [
      'a missing time',
      '{"type":"verification_approved","data":{"level":"basic","user_id":"u"}}',
      'missing_field: data.timestamp',
    ],
    ['a day that does not exist', aVerification({ timestamp: '2020-02-30T00:00:00Z' }), 'impossible_time: data.timestamp'],
    ['a time two days ahead', aVerification({ timestamp: '2024-05-08T08:00:00Z' }), 'time_ahead: data.timestamp'],
  ])('does not understand %s', (_, body, reason) => {
    expect(reasonFor(body)).toBe(reason);
  });

  test('accepts a time up to a day ahead', () => {
    expect(reasonFor(aVerification({ timestamp: '2024-05-07T08:00:00Z' }))).toMatchObject({ kind: 'understood' });
    expect(reasonFor(aVerification({ timestamp: '2024-05-07T08:00:00.001Z' }))).toBe('time_ahead: data.timestamp');
    const shared = (shared_at: string) =>
      JSON.stringify({ type: 'credential_shared', data: { idos_human_id: 'h', credential_id: 'c', shared_at } });
    expect(reasonFor(shared('2024-05-07T08:00:00Z'))).toMatchObject({ kind: 'understood' });
    expect(reasonFor(shared('2024-05-07T08:00:00.001Z'))).toBe('time_ahead: data.shared_at');
  });

  test('returns the claimed type even if the rest is not understood, because it determines the token', () => {
    expect(parseNotification(bytesOf('{"type":"email_changed","data":{}}'), NOW)).toMatchObject({ type: 'email_changed' });
    expect(parseNotification(bytesOf('{"type":"sixth"}'), NOW)).toMatchObject({ type: 'sixth' });
    expect(parseNotification(bytesOf('nonsense'), NOW)).toMatchObject({ type: undefined });
  });
});
