import { describe, expect, test } from '@jest/globals';
import { decodingsOf } from '../../../oncall/person/decodings.ts';

const textsOf = (text: string | Uint8Array): readonly string[] => decodingsOf(Buffer.from(text as string)).texts;

/** Encodes a text for a URL as often as this. */
const encoded = (text: string, times: number): string =>
  Array.from({ length: times }).reduce<string>((one) => one.replace(/[%@]/g, encodeURIComponent), text);

describe('the texts of bytes', () => {
  test('are the text itself, completely, if nothing is encoded', () => {
    expect(decodingsOf(Buffer.from('jane'))).toEqual({ texts: ['jane'], complete: true });
  });

  test('are what is left of up to five encodings; with more, they are incomplete', () => {
    for (const times of [1, 4]) {
      const { texts, complete } = decodingsOf(Buffer.from(encoded('jane@x', times)));
      expect([times, texts.includes('jane@x'), texts.length, complete]).toEqual([times, true, times + 1, true]);
    }
    const [five, six] = [5, 6].map((times) => decodingsOf(Buffer.from(encoded('jane@x', times))));
    expect([five?.texts.includes('jane@x'), five?.complete]).toEqual([true, false]);
    expect([six?.texts.includes('jane@x'), six?.complete]).toEqual([false, false]);
  });

  test.each([
    ['JSON', 'j\\u0061ne', 'jane'],
    ['JSON in upper case', '\\u004Aane', 'Jane'],
    ['JavaScript', 'j\\x61\\x6Ee', 'jane'],
    ['a decimal reference', 'j&#97;ne', 'jane'],
    ['a decimal reference with zeros', 'j&#000097;ne', 'jane'],
    ['a decimal reference above U+FFFF', '&#128512;', '\u{1F600}'],
    ['a hexadecimal reference', 'j&#x61;&#X6e;e', 'jane'],
    ['a hexadecimal reference with zeros', 'j&#x00061;ne', 'jane'],
    ['a URL', 'jos%C3%a9', 'jos\u00e9'],
    ['JSON, with escaped quotes', '\\"jane\\"', '"jane"'],
    ['JSON, with escaped slashes', 'a\\/b', 'a/b'],
    ['JSON, with escaped backslashes', 'a\\\\b', 'a\\b'],
  ])('are without the escapes of %s', (_, text, decoded) => {
    expect(textsOf(text)).toEqual([text, decoded]);
  });

  test.each(['\\u12', '\\uzzzz', '\\x1', '\\xzz', '&#;', '&#12', '&#x;', '&#xzz;', '%4', '%zz', '\\n'])(
    'are only %s, which escapes nothing',
    (text) => {
      expect(textsOf(text)).toEqual([text]);
    },
  );

  test.each([
    ['without padding', Buffer.from('jane@example').toString('base64')],
    ['with one sign of padding', Buffer.from('jane@example.').toString('base64')],
    ['with two signs of padding', Buffer.from('jane@example.com').toString('base64')],
    ['for URLs', Buffer.from('jane@example.com ~~~???').toString('base64url')],
    ['with plus and slash', Buffer.from('jane@example.com ~~~???').toString('base64')],
    ['of several lines', Buffer.from('\tjane@example.com\r\n').toString('base64')],
  ])('have what is in Base64, %s', (_, base64) => {
    expect(textsOf(`{"x":"${base64}"}`)).toEqual([`{"x":"${base64}"}`, Buffer.from(base64, 'base64').toString()]);
  });

  test.each([
    ['shorter than sixteen characters', Buffer.from('jane@exampl').toString('base64url')],
    ['of bytes that are no text', Buffer.from('jane@examp\xff', 'latin1').toString('base64')],
    ['of text with a control character', Buffer.from('jane@example\u0007').toString('base64')],
    ['of text with a character that does not exist', Buffer.from('jane@example\u0378').toString('base64')],
  ])('have nothing of Base64 %s', (_, base64) => {
    expect(textsOf(base64)).toEqual([base64]);
  });

  test.each([
    ['UTF-16, little-endian', Buffer.from('jane', 'utf16le'), 'jane'],
    ['UTF-16, big-endian', Buffer.from('jane', 'utf16le').swap16(), 'jane'],
    ['Latin-1', Buffer.from('jos\u00e9', 'latin1'), 'jos\u00e9'],
  ])('are perhaps in %s, if they are not UTF-8, and incomplete', (_, bytes, text) => {
    const { texts, complete } = decodingsOf(bytes);
    expect([texts.includes(text), complete]).toEqual([true, false]);
  });
});
