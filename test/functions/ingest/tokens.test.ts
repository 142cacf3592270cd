import { describe, expect, test } from '@jest/globals';
import { sign } from '../../../functions/ingest/signature.ts';
import { entryFor, parseTokens, proofsOf, signatureFor } from '../../../functions/ingest/tokens.ts';
import { bytesOf, signed } from '../../support/notifications.ts';

describe("the secret's value", () => {
  test.each([
    ['a bare token', 'abc', { '*': ['abc'] }],
    ['a numeric bare token', '123456', { '*': ['123456'] }],
    ['a bare token with a bracket in it', 'a{b"c', { '*': ['a{b"c'] }],
    ['a bare token with a trailing line break', 'abc\n', { '*': ['abc'] }],
    [
      'a map to tokens and to lists of tokens',
      '{"*":["new","old"],"email_changed":"other"}',
      { '*': ['new', 'old'], email_changed: ['other'] },
    ],
    ['a map with an unknown type', '{"sixth_type":"x"}', { sixth_type: ['x'] }],
  ])('may be %s', (_, secret, tokens) => {
    expect(Object.fromEntries(parseTokens(secret))).toEqual(tokens);
  });

  test.each([
    '',
    '  \n',
    '{}',
    '{"*":""}',
    '{"*":" "}',
    '{"*":[]}',
    '{"*":["a",""]}',
    '{"*":7}',
    '{"*":null}',
    '["a"]',
    '"a"',
    '{"*":',
  ])('is malformed if it is %j', (secret) => {
    expect(() => parseTokens(secret)).toThrow(/^the secret is/);
  });

  test('is never part of the error', () => {
    expect(() => parseTokens('{"*":["SUP3RS3CR3T",""]}')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('SUP3R') }),
    );
  });
});

describe('the tokens', () => {
  const tokens = parseTokens('{"*":["new","old"],"email_changed":"other"}');
  const whoSigned = (token: string) => proofsOf(tokens, bytesOf('x'), signed('x', token));

  test('determine for which entries a signature is valid, including previous tokens', () => {
    expect(whoSigned('new')).toEqual(['*']);
    expect(whoSigned('old')).toEqual(['*']);
    expect(whoSigned('other')).toEqual(['email_changed']);
    expect(whoSigned('stranger')).toEqual([]);
  });

  test('sign as Fractal does, with the newest token of the type', () => {
    const both = parseTokens('{"*":["new","old"],"kraken":"key"}');
    expect(signatureFor(both, bytesOf('x'), 'email_changed')).toBe(sign(bytesOf('x'), 'new'));
    expect(signatureFor(both, bytesOf('x'), 'kraken')).toBe(sign(bytesOf('x'), 'key', 'kraken'));
    expect(signatureFor(parseTokens('{"kraken":"key"}'), bytesOf('x'), 'email_changed')).toBeUndefined();
  });

  test('of a type are those of its own entry, or otherwise those of "*"', () => {
    expect(entryFor(tokens, 'email_changed')).toBe('email_changed');
    expect(entryFor(tokens, 'credential_shared')).toBe('*');
    expect(entryFor(tokens, 'constructor')).toBe('*');
  });
});
