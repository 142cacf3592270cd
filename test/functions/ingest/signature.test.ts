import { describe, expect, test } from '@jest/globals';
import { sign, verify } from '../../../functions/ingest/signature.ts';
import { DOCUMENTED } from '../../support/notifications.ts';

describe('a signature', () => {
  test.each([
    [DOCUMENTED.token, DOCUMENTED.signedBody, DOCUMENTED.signature],
    ['SUP3RS3CR3T', 'my-payload', 'sha1=6a89633e5f131bfb5f0b5826b33b3bab4bf52068'],
  ])('is created and verified as Fractal documents it (%s)', (token, body, signature) => {
    expect(sign(Buffer.from(body), token)).toBe(signature);
    expect(verify(Buffer.from(body), token, signature)).toBe(true);
  });

  const hex = DOCUMENTED.signature.slice('sha1='.length);
  test.each([
    ['no prefix', hex],
    ['another prefix', `sha256=${hex}`],
    ['an uppercase prefix', `SHA1=${hex}`],
    ['uppercase hex', `sha1=${hex.toUpperCase()}`],
    ['one digit missing', DOCUMENTED.signature.slice(0, -1)],
    ['one digit too many', `${DOCUMENTED.signature}0`],
    ['only a prefix', 'sha1='],
    ['no hex', `sha1=${'z'.repeat(40)}`],
    ['a leading space', ` ${DOCUMENTED.signature}`],
    ['two headers in one', `${DOCUMENTED.signature}, ${DOCUMENTED.signature}`],
    ['non-ASCII characters', `sha1=${'é'.repeat(20)}`],
    ['10 kB', 'sha1='.padEnd(10_000, 'a')],
    ['nothing', ''],
  ])('with %s is invalid', (_, signature) => {
    expect(verify(Buffer.from(DOCUMENTED.signedBody), DOCUMENTED.token, signature)).toBe(false);
  });

  test('depends on the bytes: the same JSON in a different notation has another signature', () => {
    const rewritten = JSON.stringify(JSON.parse(DOCUMENTED.signedBody), undefined, 1);
    expect(verify(Buffer.from(rewritten), DOCUMENTED.token, DOCUMENTED.signature)).toBe(false);
  });
});
