import { decodeEnvelope } from '../functions/core/envelope.ts';
import { textOf } from '../functions/core/parse-notification.ts';

/** Whether a message names a person. `perhaps`: it can't be read, or a short id is part of a longer text. */
export type Mention = 'yes' | 'perhaps' | 'no';

// Shorter ids may also be minutes, counts and so on.
const SURE_FROM = 6;

/**
 * Whether a message names one of these ids: as a JSON string, number or key, within a longer text, escaped or encoded, and in
 * UTF-8, UTF-16 or Latin-1.
 *
 * @param message the body of a message, an envelope or not
 */
export const mentions = (message: string, ids: readonly string[]): Mention => {
  const bytes = Buffer.from(decodeEnvelope(message)?.bytes ?? Buffer.from(message));
  const { texts, readable } = textsIn(bytes);
  const found = texts.flatMap((text) => ids.map((id) => mentionIn(text, id)));
  if (found.includes('yes')) return 'yes';
  return found.includes('perhaps') || !readable ? 'perhaps' : 'no';
};

/** The bytes as text. If they are not UTF-8, they are decoded in several other ways, none of which is certain. */
const textsIn = (bytes: Buffer): { readonly texts: readonly string[]; readonly readable: boolean } => {
  const text = textOf(bytes);
  if (text !== undefined && !text.includes('\0')) return { texts: [text], readable: true };
  const decoded = ['utf-16le', 'utf-16be', 'latin1'].map((encoding) => new TextDecoder(encoding).decode(bytes));
  return { texts: decoded, readable: false };
};

const mentionIn = (text: string, id: string): Mention => {
  const json = parse(text);
  if (json !== undefined && holds(json, id)) return 'yes';
  const within = isWithin(text, id);
  if (!within) return 'no';
  return id.length >= SURE_FROM ? 'yes' : 'perhaps';
};

interface Parsed {
  readonly values: ReadonlySet<string>;
}

/** The strings, numbers and keys of a JSON document, numbers also in their source form; `undefined` if it is not JSON. */
const parse = (text: string): Parsed | undefined => {
  const values = new Set<string>();
  try {
    JSON.parse(text, (key, value, { source }: { source?: string } = {}) => {
      values.add(normal(key));
      if (typeof value === 'string') values.add(normal(value));
      if (typeof value === 'number') values.add(String(value)).add(source ?? '');
      return value;
    });
    return { values };
  } catch {
    // Not JSON, or nested too deeply.
    return undefined;
  }
};

const holds = ({ values }: Parsed, id: string): boolean => values.has(normal(id)) || values.has(`USER#${normal(id)}`);

/** The normal form for comparing ids: UUIDs are case-insensitive. */
const normal = (text: string): string =>
  (/^[\da-f]{8}-?([\da-f]{4}-?){3}[\da-f]{12}$/i.test(text) ? text.toLowerCase() : text).normalize();

/** Whether the text, unescaped and decoded, contains the id as a whole word. */
const isWithin = (text: string, id: string): boolean => {
  const escaped = normal(id).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const alone = new RegExp(`(?<![\\p{L}\\p{N}_-])${escaped}(?![\\p{L}\\p{N}_-])`, normal(id) === id ? 'iu' : 'u');
  return [text, ...unescaped(text), ...base64In(text)].some((one) => alone.test(one.normalize()));
};

const unescaped = (text: string): string[] => {
  const once = text
    .replace(/\\u([\da-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\x([\da-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/&#(\d{1,6});/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/&#x([\da-f]{1,5});/gi, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replace(/(?:%[\da-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString())
    .replace(/\\([/"\\])/g, '$1');
  return once === text ? [] : [once, ...unescaped(once)];
};

const base64In = (text: string): string[] =>
  [...text.matchAll(/[\w+/-]{16,}={0,2}/g)].map(([run]) => Buffer.from(run, 'base64').toString());
