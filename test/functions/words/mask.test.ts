import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maskEmail, maskEmailsIn } from '../../../functions/words/mask.ts';
import { runsOf } from '../../support/effort.ts';

describe('masking', () => {
  test.each([
    ['john.snow@fractal.id', 'j…@fractal.id'],
    ['j@x', 'j…@x'],
    ['😀b@x', '😀…@x'],
    ['a@b@c', 'a…@c'],
    ['no-address', 'n…'],
    ['@x', '…@x'],
    ['"john doe"@example.com', '"…@example.com'],
    ['jane(comment)@example.com', 'j…@example.com'],
    ['{jane}@example.com', '{…@example.com'],
    ['jane＠example.com', 'j…＠example.com'],
    ['jane%2540example.com', 'j…%2540example.com'],
    ['jane&commat;example.com', 'j…&commat;example.com'],
    ['jane＠example.com <j@x>', 'j…@…'],
    ['jane@(jane doe)example.com', 'j…@…'],
    ['jane@[192.0.2.1]', 'j…@[192.0.2.1]'],
  ])('changes %s to %s', (email, masked) => {
    expect(maskEmail(email)).toBe(masked);
  });

  test.each([
    ['"mail":"john.snow@fractal.id"', '"mail":"j…@fractal.id"'],
    ['john.snow\\u0040fractal.id', 'j…\\u0040fractal.id'],
    // An = and an & can be part of a local part.
    ['email=john.snow%40fractal.id&x=a@b', 'e…%40f…@b'],
    ['a%40b%40c', 'a…%40b…%40c'],
    ['nothing to hide', 'nothing to hide'],
    ['please ask @support', 'please ask @support'],
    ['mailto:jane@example.com', 'mailto:j…@example.com'],
    ['see <jane@example.com>, (joe@example.com)', 'see <j…@example.com>, (j…@example.com)'],
    ['{"handle":"@jack","cc":["@a", "@b"],"at": "@c"}', '{"handle":"@jack","cc":["@a", "@b"],"at": "@c"}'],
    ['"john doe"@example.com', 'j…@example.com'],
    ['john."x y".doe@example.com', 'j…@example.com'],
    [String.raw`{"mail":"\"john doe\"@example.com"}`, '{"mail":"j…@example.com"}'],
    [String.raw`{"mail":"\"john \\\"x\\\" doe\"@example.com"}`, '{"mail":"j…@example.com"}'],
    [String.raw`{"mail":"john doe\"@example.com"}`, '{"mail":"j…@example.com"}'],
    ['&quot;john doe&quot;@example.com', 'j…@example.com'],
    ['%22john%20doe%22%40example.com', '%…%40example.com'],
    ['"a@b c"@example.com', '"a…@b…@example.com'],
    ['jane(comment)@example.com', 'j…@example.com'],
    ['jane (a (nested) comment) @example.com', 'j…@example.com'],
    ['jane @example.com', 'j…@example.com'],
    ['{jane}@example.com', '{…@example.com'],
    ["o!#$%&'*+-/=?^_`{|}~.x@example.com", 'o…@example.com'],
    ['jörg@example.com, 用户@example.com', 'j…@example.com, 用…@example.com'],
    [String.raw`j\u00f6rg@example.com`, 'j…@example.com'],
    [String.raw`\u00f6rg@example.com`, String.raw`\u00f6…@example.com`],
    ['j&#246;rg@example.com', 'j…@example.com'],
    ['jane＠example.com', 'j…＠example.com'],
    ['jane﹫example.com', 'j…﹫example.com'],
    [String.raw`jane\uff20example.com`, String.raw`j…\uff20example.com`],
    ['jane%EF%BC%A0example.com', 'j…%EF%BC%A0example.com'],
    ['jane%2540example.com', 'j…%2540example.com'],
    ['jane&commat;example.com', 'j…&commat;example.com'],
    ['jane&#064;example.com', 'j…&#064;example.com'],
    ['jane&amp;#x40;example.com', 'j…&amp;#x40;example.com'],
    ['USER#jane@example.com LEVEL#basic', 'U…@example.com LEVEL#basic'],
  ])('within a text changes %s to %s', (text, masked) => {
    expect(maskEmailsIn(text)).toBe(masked);
  });

  test('handles the largest body', () => {
    const body = 'a'.repeat(131_000);
    expect(maskEmailsIn(`${body}@${body}`)).toBe(`a…@${body}`);
    expect(maskEmailsIn('@'.repeat(131_000))).toHaveLength(131_000);
  });

  test('keeps JSON valid, and its keys', () => {
    const pieces = ['@', '"', '\\', '(', ')', '.', ' ', 'a', '\u00f6', '\uFF20', '&quot;', ';', '\n', '%40', 'u0040', ',', '5'];
    const word = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((some) => some.join(''));
    const value = fc.oneof(word, fc.integer(), fc.constant(null), fc.boolean());
    fc.assert(
      fc.property(fc.array(value), fc.dictionary(fc.constantFrom('key', 'other'), value), (list, object) => {
        const masked = JSON.parse(maskEmailsIn(JSON.stringify({ list, object })));
        expect([Object.keys(masked), Object.keys(masked.object)]).toEqual([['list', 'object'], Object.keys(object)]);
        expect(masked.list).toHaveLength(list.length);
      }),
      runsOf(20_000, 2_000),
    );
  });

  // With a quadratic algorithm, each would take minutes.
  test.each(['@', '"', '(', ')', '"@', ')@', ';@', ' @', '\\"@', '&quot;', '."a"', '%25', '&amp;', '\\'])(
    'reads a megabyte of %s',
    (piece) => {
      const text = piece.repeat(1_000_000 / piece.length);
      for (const end of ['jane', ' "jane doe"', ' jane(doe)']) expect(maskEmailsIn(`${text}${end}@x`)).toMatch(/…@x$/);
    },
  );
});
