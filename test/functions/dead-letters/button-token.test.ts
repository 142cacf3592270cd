import { expect, test } from '@jest/globals';
import { createButtonTokens } from '../../../functions/dead-letters/button-token.ts';

const MINUTE = 60_000;
const PARAMETERS = { action: 'redrive', cause: 'any', type: 'email_changed' };

test('a token is valid for exactly its parameters, in any order, for 15 minutes', () => {
  let now = Date.parse('2026-11-25T08:00:00Z');
  const { sign, isSigned } = createButtonTokens(() => now);
  const signed = sign(PARAMETERS);
  expect(signed).toEqual({ ...PARAMETERS, token: expect.any(String) });
  expect([isSigned(signed), isSigned(Object.fromEntries(Object.entries(signed).reverse()))]).toEqual([true, true]);
  now += 15 * MINUTE - 1;
  expect(isSigned(signed)).toBe(true);
  now += 1;
  expect(isSigned(signed)).toBe(false);
});

test('no other token is valid', () => {
  const now = Date.parse('2026-11-25T08:00:00Z');
  const { sign, isSigned } = createButtonTokens(() => now);
  const { token = '', ...parameters } = sign(PARAMETERS);
  const [expiry = '', signature = ''] = token.split('.');
  const { cause: _, ...fewer } = parameters;
  const forged = [
    parameters,
    { ...parameters, token: '' },
    { ...parameters, token: expiry },
    { ...parameters, token: `${expiry}.` },
    { ...parameters, token: `${Number(expiry) + 1}.${signature}` },
    { ...parameters, token: `.${signature}` },
    { ...parameters, token: `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}` },
    { ...parameters, token: `${token}A` },
    { ...parameters, token: `${expiry}.\u00e9${signature.slice(1)}` },
    { ...parameters, cause: 'other', token },
    { ...parameters, more: '', token },
    { ...fewer, token },
    createButtonTokens(() => now).sign(PARAMETERS),
  ];
  expect(forged.filter((one) => isSigned(one))).toEqual([]);
});
