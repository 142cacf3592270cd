import { PERSONAL_ATTRIBUTES } from '../core/facets.ts';
import { parseJson } from '../core/json.ts';
import { maskEmail, maskEmailsIn } from './mask.ts';

const MASKED = '…';
const IN_JSON = new RegExp(`("(?:${[...PERSONAL_ATTRIBUTES].join('|')})"\\s*:\\s*")((?:[^"\\\\]|\\\\.)*)`, 'gsu');

/** Masks the value of an attribute: all of it if it is personal, otherwise the e-mail addresses in it. */
export const maskAttribute = (name: string, value: string): string => {
  if (name === 'email') return maskEmail(value);
  return PERSONAL_ATTRIBUTES.has(name) ? MASKED : maskEmailsIn(value);
};

/**
 * Masks what is personal in a text: e-mail addresses, and in JSON the values of personal attributes, such as the note of a rejection.
 * Runs in linear time for any input.
 */
export const maskPersonalIn = (text: string): string => maskEmailsIn(plainly(text).replace(IN_JSON, maskValue));

const maskValue = (whole: string, start: string, value: string): string =>
  start.startsWith('"email"') || value === '' ? whole : `${start}${MASKED}`;

// In the body of a delivery, the name can be written with escapes. It is then shown in another notation.
const plainly = (text: string): string => {
  if (!/\\u/.test(text) || PERSONAL_NAME.test(text)) return text;
  const json = parseJson(text);
  return typeof json === 'object' && json !== null && [...PERSONAL_ATTRIBUTES].some((name) => Object.hasOwn(json, name))
    ? JSON.stringify(json)
    : text;
};

const PERSONAL_NAME = new RegExp(`"(?:${[...PERSONAL_ATTRIBUTES].join('|')})"`);
