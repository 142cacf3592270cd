import { parseJson } from '../core/json.ts';
import { textOf } from '../core/parse-notification.ts';

// Fractal's bodies have two. Indenting a body that is nested more deeply can make it a thousand times larger.
const BRACKETS_AT_MOST = 32;

const BOM = '\uFEFF';

/**
 * What a body may have been before a proxy or a framework changed it: the same JSON in another notation, or with other white
 * space at its ends.
 */
export const bodiesBefore = (bytes: Uint8Array): Buffer[] => {
  const text = textOf(bytes);
  if (text === undefined) return [];
  const bodies = new Set([...otherEnds(text), ...otherNotations(text)]);
  bodies.delete(text);
  return [...bodies].map((body) => Buffer.from(body));
};

const otherEnds = (text: string): string[] => [
  ...endsOf(text.replace(BOM, '').trim()),
  text.replaceAll('\r\n', '\n'),
  text.replace(/\r?\n/g, '\r\n'),
];

const endsOf = (text: string): string[] => [text, `${text}\n`, `${text}\r\n`, `${BOM}${text}`];

const otherNotations = (text: string): string[] => {
  const json = parseJson(text.replace(BOM, ''));
  if (json === undefined || (text.match(/[{[]/g)?.length ?? 0) > BRACKETS_AT_MOST) return [];
  const indented = JSON.stringify(json, undefined, 2);
  // A string of JSON contains no line break.
  const spaced = indented.replace(/,\n */g, ', ').replace(/\n */g, '');
  const compact = JSON.stringify(json);
  const notations = [compact, spaced, indented]
    .flatMap((body) => [body, body.replaceAll('/', '\\/')])
    .flatMap((body) => [body, body.replace(/[\u0080-\uffff]/g, escaped)]);
  return [...notations, ...endsOf(compact)];
};

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
