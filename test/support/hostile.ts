import fc from 'fast-check';
import { DOCUMENTED } from './notifications.ts';

const hex = DOCUMENTED.signature.slice('sha1='.length);

/** Invalid signatures, from mistakes and attacks. All are valid header values. */
export const wrongSignatures: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'sha1=',
    'sha1',
    '=',
    hex,
    `sha1=${hex.toUpperCase()}`,
    `SHA1=${hex}`,
    `sha256=${hex}`,
    `sha1=${hex}0`,
    `sha1=${hex.slice(1)}`,
    `sha1=${hex}, sha1=${hex}`,
    `sha1=sha1=${hex}`,
    `sha1=${'z'.repeat(40)}`,
    `sha1=${'é'.repeat(40)}`,
    `sha1= ${hex}`,
    `"sha1=${hex}"`,
    `sha1=${'0'.repeat(40)}`,
    `sha1=${'a'.repeat(10_000)}`,
    'null',
    '[object Object]',
  ),
  fc.string({ minLength: 1, unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)) }),
);

const NASTY = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'USER#b',
  'LEVEL#basic',
  'EMAIL',
  '#',
  'a b',
  '../x',
  '😀',
  '\u0000',
  '\ud800',
  '\uFFFE',
  '\u202e',
  'x'.repeat(600),
];

const anyText = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary' }), fc.string());
const anyTime = fc.oneof(
  fc.constantFrom('2024-01-01T00:00:00Z', '2020-02-30T00:00:00Z', '9999-12-31T23:59:59Z', '0000-01-01T00:00:00Z', '', 'now'),
  fc.date({ noInvalidDate: true, min: new Date('1900-01-01'), max: new Date('2030-01-01') }).map((date) => date.toISOString()),
);
const anyValue = fc.oneof(anyText, fc.jsonValue({ maxDepth: 2 }));

/** Bodies that resemble a notification, with arbitrary values. */
export const lookalikes: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: classic() },
  { weight: 1, arbitrary: results() },
);

function results(): fc.Arbitrary<string> {
  const status = fc.oneof(fc.constantFrom('approved', 'rejected', 'pending'), anyValue);
  return fc
    .record({ id: anyValue, status, note: anyValue, type: anyValue }, { requiredKeys: ['id', 'status'] })
    .map((body) => JSON.stringify(body));
}

function classic(): fc.Arbitrary<string> {
  return fc
    .record(
      {
        type: fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom(...Object.keys(DOCUMENTED.payloads)) },
          { weight: 1, arbitrary: anyValue },
        ),
        data: fc.oneof(
          {
            weight: 6,
            arbitrary: fc.record(
              {
                user_id: anyValue,
                level: anyValue,
                timestamp: anyTime,
                email: anyValue,
                idos_human_id: anyValue,
                credential_id: anyValue,
                shared_at: anyTime,
              },
              { requiredKeys: ['user_id', 'level', 'timestamp'] },
            ),
          },
          { weight: 1, arbitrary: anyValue },
        ),
      },
      { requiredKeys: ['type'] },
    )
    .map((body) => JSON.stringify(body));
}

/** Bodies that could break a receiver. */
export const CORPUS: readonly (readonly [string, string | Uint8Array])[] = [
  ['nothing', ''],
  ['a NUL', '\u0000'],
  ['a byte order mark', '\uFEFF{}'],
  ['half a UTF-8 sequence', Buffer.from([0x7b, 0xc3])],
  ['an overlong slash', Buffer.from([0xc0, 0xaf])],
  ['a surrogate in UTF-8', Buffer.from([0xed, 0xa0, 0x80])],
  ['a number out of range', '1e400'],
  ['a number out of range, as a user', '{"type":"email_changed","data":{"user_id":1e400,"email":"a@x"}}'],
  ['-0', '-0'],
  ['nesting 100,000 deep', '['.repeat(100_000)],
  ['unterminated nesting', '{"data":'.repeat(15_000)],
  [
    'nesting in a field that is not read',
    `{"type":"email_changed","x":${'['.repeat(60_000)}${']'.repeat(60_000)},"data":{"user_id":"deep","email":"a@x"}}`,
  ],
  ['a type twice', '{"type":"email_changed","type":"nope","data":{}}'],
  ['__proto__ as a key', '{"__proto__":{"type":"email_changed"},"data":{"user_id":"u","email":"e@x"}}'],
  ['__proto__ as data', '{"type":"email_changed","data":{"__proto__":{"user_id":"u","email":"e@x"}}}'],
  ['constructor as a type', '{"type":"constructor","data":{}}'],
  ['toString as a type', '{"type":"toString","data":{"user_id":"u"}}'],
  ['a star as a type', '{"type":"*","data":{}}'],
  ['a key of 100 kB', `{"type":"email_changed","${'k'.repeat(100_000)}":1,"data":{"user_id":"big","email":"a@x"}}`],
  ['a value of 100 kB', `{"type":"email_changed","data":{"user_id":"${'v'.repeat(100_000)}","email":"a@x"}}`],
  ['an array as data', '{"type":"email_changed","data":["user_id","email"]}'],
  ['an array as the type', '{"type":["email_changed"],"data":{"user_id":"u","email":"e@x"}}'],
  ['JSON with a comment', '{"type":"email_changed",/* */"data":{}}'],
  ['NaN', '{"type":NaN}'],
  ['two documents', '{"type":"email_changed"}{"type":"email_changed"}'],
  ['a form', 'type=email_changed&data=1'],
  ['XML', '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'],
  ['__proto__ as an id', '{"__proto__":{"id":"u","status":"approved"}}'],
  ['a result with an id twice', '{"id":"u","id":7,"status":"approved"}'],
  ['a result with a note of 100 kB', `{"id":"noted","status":"rejected","note":"${'\\u0000'.repeat(16_000)}"}`],
  ['a result with a half of a surrogate in its note', '{"id":"half","status":"rejected","note":"\\ud800"}'],
  ['a template', '${jndi:ldap://127.0.0.1/x}'],
];
