import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { bodiesBefore } from '../../../functions/ingest/changed-body.ts';
import { type Candidate, findCause, readAttempt } from '../../../functions/ingest/find-cause.ts';
import { anEmailChange, bytesOf } from '../../support/notifications.ts';

const CANDIDATES: readonly Candidate[] = [
  { entry: '*', token: 'common', cause: 'other_type' },
  { entry: 'email_changed', token: 'own', cause: 'other_type' },
  { entry: 'email_changed', token: 'removed', cause: 'former_token' },
];

const hmac = (hash: string, token: string, body: string | Uint8Array): string =>
  createHmac(hash, token).update(bytesOf(body)).digest('hex');

const BODY = anEmailChange('a/é', 'jon@example.com');
const JSON_OF_BODY = JSON.parse(BODY);

const find = (signature: string, body: string | Uint8Array = BODY) => {
  const attempt = readAttempt(signature);
  return attempt && findCause(attempt, bytesOf(body), CANDIDATES, 'email_changed')?.cause;
};

/** How a signature can be written, and the cause that names it. */
const NOTATIONS = {
  'as documented': ['sha1', (hex: string) => `sha1=${hex}`, undefined],
  'without a prefix': ['sha1', (hex: string) => hex, 'no_prefix'],
  'in upper case, without a prefix': ['sha1', (hex: string) => hex.toUpperCase(), 'no_prefix'],
  'with hex in upper case': ['sha1', (hex: string) => `sha1=${hex.toUpperCase()}`, 'upper_case'],
  'with a prefix in upper case': ['sha1', (hex: string) => `SHA1=${hex}`, 'upper_case'],
  'SHA-256 with its prefix': ['sha256', (hex: string) => `sha256=${hex}`, 'sha256'],
  'SHA-256 without a prefix': ['sha256', (hex: string) => hex, 'sha256'],
  'SHA-256 in upper case': ['sha256', (hex: string) => hex.toUpperCase(), 'sha256'],
  'SHA-256 with the prefix of SHA-1': ['sha256', (hex: string) => `sha1=${hex}`, 'sha256'],
} as const;

const python = (json: object): string => {
  const { type, data } = json as typeof JSON_OF_BODY;
  return `{"type": "${type}", "data": {"user_id": "${data.user_id}", "email": "${data.email}"}}`;
};
const escapeNonAscii = (text: string): string => text.replaceAll('é', '\\u00e9');
const escapeSlashes = (text: string): string => text.replaceAll('/', '\\/');

const COMPACT = JSON.stringify(JSON_OF_BODY);
const INDENTED = JSON.stringify(JSON_OF_BODY, undefined, 2);

/** Bodies that all say the same. */
const FORMS: Readonly<Record<string, string>> = {
  compact: COMPACT,
  "with Python's separators": python(JSON_OF_BODY),
  indented: INDENTED,
  'with escaped slashes': escapeSlashes(COMPACT),
  'with escaped non-ASCII characters': escapeNonAscii(COMPACT),
  'as PHP writes it': escapeNonAscii(escapeSlashes(COMPACT)),
  'as Python writes it': escapeNonAscii(python(JSON_OF_BODY)),
  'indented, and all escaped': escapeNonAscii(escapeSlashes(INDENTED)),
  'with a line break at the end': `${COMPACT}\n`,
  'with CR and LF at the end': `${COMPACT}\r\n`,
  'with a byte order mark': `\uFEFF${COMPACT}`,
};

describe('the cause of a wrong signature', () => {
  const kinds = CANDIDATES.map(({ token, cause }) => [token, cause] as const);
  const cases = Object.entries(NOTATIONS).flatMap(([notation, how]) => kinds.map((kind) => [notation, ...kind, how] as const));

  test.each(cases)('%s, under the token "%s": its notation, otherwise %s', (_, token, cause, [hash, write, difference]) => {
    expect(find(write(hmac(hash, token, BODY)))).toBe(difference ?? cause);
  });

  const forms = Object.keys(FORMS);
  const changes = forms.flatMap((signed) =>
    forms.filter((received) => received !== signed).map((received) => [signed, received]),
  );

  test.each(changes)('is a changed body if it was signed %s, and arrives %s', (signed = '', received = '') => {
    const before = FORMS[signed] as string;
    const now = FORMS[received] as string;
    expect(find(`sha1=${hmac('sha1', 'own', before)}`, now)).toBe('changed_body');
  });

  test.each(Object.entries(NOTATIONS))('is a changed body before its notation: %s', (_, [hash, write]) => {
    expect(find(write(hmac(hash, 'removed', `${BODY}\n`)))).toBe('changed_body');
  });

  test('is unknown for any other token, body or signature', () => {
    expect(find(`sha1=${hmac('sha1', 'stranger', BODY)}`)).toBeUndefined();
    expect(find(`sha1=${hmac('sha1', 'own', anEmailChange())}`)).toBeUndefined();
    expect(find(`sha1=${hmac('sha1', 'own', 'not JSON')}`, '{')).toBeUndefined();
  });

  test('names the entry', () => {
    const attempt = readAttempt(hmac('sha1', 'own', BODY));
    expect(attempt && findCause(attempt, bytesOf(BODY), CANDIDATES, 'email_changed')).toEqual({
      cause: 'no_prefix',
      entry: 'email_changed',
    });
  });
});

describe('a signature that can be no HMAC', () => {
  const hex = hmac('sha1', 'own', BODY);
  test.each(['', 'sha1=', `sha1=${hex}0`, `sha1=${hex.slice(1)}`, `sha1=${'z'.repeat(40)}`, ` sha1=${hex}`, `sha1=${hex}\n`])(
    'is not tried: %j',
    (signature) => expect(readAttempt(signature)).toBeUndefined(),
  );

  test('is not tried if its prefix names a longer hash', () => {
    expect(readAttempt(`sha256=${hex}`)).toBeUndefined();
    expect(readAttempt(`md5=${hex}`)).toBeUndefined();
    expect(readAttempt(`sha1=${'é'.repeat(40)}`)).toBeUndefined();
  });
});

describe('what a body may have been', () => {
  test('is never the body itself, and never a body twice', () => {
    for (const form of Object.values(FORMS)) {
      const bodies = bodiesBefore(bytesOf(form)).map(String);
      expect(bodies).not.toContain(form);
      expect(new Set(bodies).size).toBe(bodies.length);
    }
  });

  test('stays small, whatever the body is', () => {
    for (const body of [
      '['.repeat(4_096),
      '['.repeat(2_048) + ']'.repeat(2_048),
      `{"a":${'{"a":'.repeat(400)}1${'}'.repeat(401)}`,
    ]) {
      const bytes = bodiesBefore(bytesOf(body)).reduce((sum, { length }) => sum + length, 0);
      expect(bytes).toBeLessThan(20 * 4_096);
    }
    const many = JSON.stringify({ a: Array.from({ length: 1_000 }, () => 'é/') });
    expect(bodiesBefore(bytesOf(many)).length).toBeLessThanOrEqual(20);
  });

  test('is nothing for bytes that are no text', () => {
    expect(bodiesBefore(Buffer.from([0xff, 0xfe]))).toEqual([]);
  });
});
