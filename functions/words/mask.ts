import { localPartBefore } from './local-part.ts';

// The @ sign and its compatibility forms U+FF20 and U+FE6B: plain, and as escaped in JSON and JavaScript, in URLs (any number of
// times), and in HTML and XML.
const AT = new RegExp(
  [
    '[@\uFF20\uFE6B]',
    String.raw`\\u(?:0040|ff20|fe6b|\{0*(?:40|ff20|fe6b)\})`,
    String.raw`\\x40`,
    '%(?:25)*40',
    '%(?:25)*ef%(?:25)*(?:bc%(?:25)*a0|b9%(?:25)*ab)',
    '&(?:amp;)*(?:commat|#0*(?:64|65312|65131)|#x0*(?:40|ff20|fe6b));',
  ].join('|'),
  'gi',
);

/** Masks an e-mail address but keeps it recognizable: `j…@fractal.id`. Of anything else, only the first character remains. */
export const maskEmail = (email: string): string => {
  const { 0: at = '', index = email.length } = [...email.matchAll(AT)].at(-1) ?? {};
  const [first = ''] = email.slice(0, index);
  const domain = email.slice(index + at.length);
  return `${first}…${at}${DOMAIN.test(domain) ? domain : '…'}`;
};

// Anything else after the sign could hide another address, or a comment with a name.
const DOMAIN = /^(?:[\p{L}\p{M}\p{N}._-]*|\[[\w:.]+\])$/iu;

/**
 * Masks every e-mail address in a text, also quoted, commented, escaped and internationalized ones. In doubt it masks too much.
 * Runs in linear time for any input.
 */
export const maskEmailsIn = (text: string): string => {
  const parts: string[] = [];
  let from = 0;
  for (const { 0: at, index } of text.matchAll(AT)) {
    const { start, shown } = localPartBefore(text, from, index, index + at.length);
    parts.push(text.slice(from, start), start < index ? `${shown}…` : '', at);
    from = index + at.length;
  }
  return parts.join('') + text.slice(from);
};
