/** Where the local part of an address starts, and its first character. */
export interface LocalPart {
  readonly start: number;
  readonly shown: string;
}

// RFC 5322 permits all other characters outside of quotes, and RFC 6532 everything beyond ASCII. A backslash can be the escape of
// one of those.
const ENDS_AN_ATOM = /[\p{Cc} "<>(),:;@[\]]/u;
// A longer name of an HTML entity is not expected.
const ENTITY = /&(?:amp;)?#?\w{1,12};$/;
const ENTITY_LENGTH = 20;
const QUOTE_ENTITY = /&(?:amp;)?(?:quot|#0*34|#x0*22);/gi;
// What stands between two strings in JSON, so that the quotes are not those of an address.
const BETWEEN_STRINGS = /^\s*(?:[:;,|[\]{}](?:[\s:;,|[\]{}\d.e+-]|true|false|null)*)?$/i;
// Of these, the first character is shown.
const SHOWN_AT_MOST = 8;
const FIRST = /^(?:\\u[0-9a-f]{4}|\\.|[^\\])/isu;
// A dot, so that `please ask @support` is not taken for an address with a space.
const HAS_DOMAIN = /[\p{L}\p{N}-]{1,63}\.[\p{L}\p{N}]/uy;

/**
 * The local part that ends at `end`, before an @ sign that ends at `domain`. Reads each character between `from` and `end` a
 * limited number of times.
 */
export const localPartBefore = (text: string, from: number, end: number, domain: number): LocalPart => {
  HAS_DOMAIN.lastIndex = domain;
  let start = skipComments(text, from, end, HAS_DOMAIN.test(text));
  let shown = '';
  // Words that are joined by dots.
  for (let joined = true; joined; ) {
    const word = wordBefore(text, from, start);
    if (word.start === start) break;
    joined = text[word.start] === '.' || text[word.start - 1] === '.';
    ({ start, shown } = word);
  }
  const [first = ''] = FIRST.exec(shown || text.slice(start, end)) ?? [];
  return { start, shown: first };
};

/**
 * How many of the backslashes before a quote escape it: none, 1, 3, 7 and so on, once for each time that the text was escaped. The
 * others escape each other.
 */
const escapesOf = (text: string, from: number, quote: number): number => {
  let start = quote;
  while (start > from && text[start - 1] === '\\') start -= 1;
  const count = quote - start;
  return count & ~(count + 1);
};

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';

/**
 * Skips comments, which can be nested, and the spaces before them. A quote that is not escaped ends a comment: it is that of a
 * string in JSON.
 *
 * @param blanks whether spaces are skipped without a comment
 */
const skipComments = (text: string, from: number, end: number, blanks: boolean): number => {
  const skipBlanks = (at: number): number => {
    let start = at;
    while (start > from && isBlank(text[start - 1])) start -= 1;
    return start;
  };
  let start = blanks ? skipBlanks(end) : end;
  while (start > from && text[start - 1] === ')') {
    let depth = 0;
    do {
      start -= 1;
      depth += text[start] === ')' ? 1 : text[start] === '(' ? -1 : 0;
      if (text[start] === '"' && escapesOf(text, from, start) === 0) return start + 1;
    } while (start > from && depth > 0);
    if (depth > 0) return start;
    start = skipBlanks(start);
  }
  return start;
};

const wordBefore = (text: string, from: number, end: number): LocalPart => {
  const quoted = quotedBefore(text, from, end);
  if (quoted) return quoted;
  let start = end;
  while (start > from) {
    const entity = text[start - 1] === ';' && ENTITY.exec(text.slice(Math.max(from, start - ENTITY_LENGTH), start));
    if (entity) start -= entity[0].length;
    else if (ENDS_AN_ATOM.test(text[start - 1] as string)) break;
    else start -= 1;
  }
  return { start, shown: text.slice(start, Math.min(start + SHOWN_AT_MOST, end)) };
};

/** A quoted string that ends here; its quotes can be escaped, as in JSON and HTML. */
const quotedBefore = (text: string, from: number, end: number): LocalPart | undefined => {
  if (text[end - 1] === ';') return entityQuotedBefore(text, from, end);
  if (text[end - 1] !== '"') return undefined;
  const escaped = escapesOf(text, from, end - 1);
  const close = end - 1 - escaped;
  const between = (start: number, open: number): LocalPart | undefined => {
    const content = text.slice(open, close);
    return BETWEEN_STRINGS.test(content) ? undefined : { start, shown: content.slice(0, SHOWN_AT_MOST) };
  };
  for (let quote = close - 1; quote >= from; quote -= 1) {
    if (text[quote] !== '"') continue;
    const before = escapesOf(text, from, quote);
    // A quote within the string has more backslashes than those around it. One that has fewer is that of a string around both.
    if (before <= escaped) return between(before === escaped ? quote - before : quote + 1, quote + 1);
    quote -= before;
  }
  // An earlier @ sign is within the quotes.
  return between(from, from);
};

const entityQuotedBefore = (text: string, from: number, end: number): LocalPart | undefined => {
  const quotes = [...text.slice(from, end).matchAll(QUOTE_ENTITY)];
  const [open, close] = quotes.slice(-2);
  if (!open || !close || from + close.index + close[0].length !== end) return undefined;
  const start = from + open.index;
  if (text.slice(start, end).includes('"')) return undefined;
  const content = start + open[0].length;
  return { start, shown: text.slice(content, content + SHOWN_AT_MOST) };
};
