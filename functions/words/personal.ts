import { PERSONAL_ATTRIBUTES } from '../core/facets.ts';
import { parseJson, parseShallowJson } from '../core/json.ts';
import { maskEmail, maskEmailsIn } from './mask.ts';

const MASKED = '…';
const HIDDEN = [...PERSONAL_ATTRIBUTES].filter((name) => name !== 'email');
const IN_JSON = new RegExp(`("(?:${HIDDEN.join('|')})"\\s*:\\s*")((?:[^"\\\\]|\\\\.)+)`, 'gsu');

/** Masks the value of an attribute: all of it if it is personal, otherwise the e-mail addresses in it. */
export const maskAttribute = (name: string, value: string): string => {
  if (name === 'email') return maskEmail(value);
  return PERSONAL_ATTRIBUTES.has(name) ? MASKED : maskEmailsIn(value);
};

/**
 * Masks what is personal in a text: e-mail addresses, and in JSON the values of personal attributes, such as the note of a rejection.
 * Runs in linear time for any input.
 */
export const maskPersonalIn = (text: string): string => maskEmailsIn(maskRest(text.replace(IN_JSON, `$1${MASKED}`)));

// A name that is written with escapes, or a value that is not text. The body is then shown in another notation.
const maskRest = (text: string): string => {
  const json = parseJson(text);
  if (typeof json !== 'object' || json === null) return text;
  const rest = Object.entries(json).filter(([name, value]) => HIDDEN.includes(name) && ![MASKED, '', null].includes(value));
  if (rest.length === 0) return text;
  const isShallow = parseShallowJson(text) !== text;
  return isShallow ? JSON.stringify({ ...json, ...Object.fromEntries(rest.map(([name]) => [name, MASKED])) }) : MASKED;
};
