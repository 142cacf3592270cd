import { describe, expect, test } from '@jest/globals';
import { maskEmail, maskEmailsIn } from '../../../functions/core/mask.ts';

describe('masking', () => {
  test.each([
    ['john.snow@fractal.id', 'j…@fractal.id'],
    ['j@x', 'j…@x'],
    ['😀b@x', '😀…@x'],
    ['a@b@c', 'a…@c'],
    ['no-address', 'n…'],
    ['@x', '…@x'],
  ])('changes %s to %s', (email, masked) => {
    expect(maskEmail(email)).toBe(masked);
  });

  test.each([
    ['"mail":"john.snow@fractal.id"', '"mail":"j…@fractal.id"'],
    ['john.snow\\u0040fractal.id', 'j…\\u0040fractal.id'],
    ['email=john.snow%40fractal.id&x=a@b', 'email=j…%40fractal.id&x=a…@b'],
    ['a%40b%40c', 'a…%40b…%40c'],
    ['nothing to hide', 'nothing to hide'],
  ])('within a text changes %s to %s', (text, masked) => {
    expect(maskEmailsIn(text)).toBe(masked);
  });

  test('handles the largest body', () => {
    const body = 'a'.repeat(131_000);
    expect(maskEmailsIn(`${body}@${body}`)).toBe(`a…@${body}`);
    expect(maskEmailsIn('@'.repeat(131_000))).toHaveLength(131_000);
  });
});
