import { textOf } from '../../functions/core/parse-notification.ts';

/** The texts that bytes can be read as. `complete` is `false` if there may be more to read than these. */
export interface Decodings {
  readonly texts: readonly string[];
  readonly complete: boolean;
}

// Nobody escapes more often by accident; a sender can by intent.
const ROUNDS = 5;

/**
 * The bytes as text, and that text with its escapes and encodings undone (JSON, URLs, XML, Base64), several times over. Bytes that
 * are not UTF-8 are decoded in several other ways, none of which is certain. Time and memory are linear in the number of bytes.
 */
export const decodingsOf = (bytes: Uint8Array): Decodings => {
  const { texts, complete } = plainTextsOf(bytes);
  const all = new Set(texts);
  let left = texts;
  for (let round = 1; round <= ROUNDS; round += 1) {
    left = left.flatMap((text) => [unescaped(text), ...base64In(text)]).filter((text) => !all.has(text));
    for (const text of left) all.add(text);
  }
  return { texts: [...all], complete: complete && left.length === 0 };
};

const plainTextsOf = (bytes: Uint8Array): Decodings => {
  const text = textOf(bytes);
  if (text !== undefined && !text.includes('\0')) return { texts: [text], complete: true };
  const texts = ['utf-16le', 'utf-16be', 'latin1'].map((encoding) => new TextDecoder(encoding).decode(bytes));
  return { texts, complete: false };
};

const unescaped = (text: string): string =>
  text
    .replace(/\\u([\da-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\x([\da-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/&#(\d{1,6});/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/&#x([\da-f]{1,5});/gi, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replace(/(?:%[\da-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString())
    .replace(/\\([/"\\])/g, '$1');

/** What the runs of Base64 in a text stand for, if that is text. */
const base64In = (text: string): string[] =>
  [...text.matchAll(/[\w+/-]{16,}={0,2}/g)].flatMap(([run]) => {
    const decoded = textOf(Buffer.from(run, 'base64'));
    // Stryker disable next-line StringLiteral: whatever stands in for a line break has no control characters
    return decoded === undefined || /[\p{Cc}\p{Cn}]/u.test(decoded.replace(/[\r\n\t]/g, '')) ? [] : [decoded];
  });
