/** JSON in printable ASCII: SQS rejects some characters, such as NUL and U+FFFE, and people read it on a terminal. */
export const toAsciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * Parses JSON for output. Text that may be nested more than a thousand levels deep remains text: JSON.stringify could not write it.
 *
 * @returns `undefined` if the text is not JSON
 */
export const parseShallowJson = (text: string): unknown => {
  const opening = text.match(/[[{]/g)?.length ?? 0;
  const value = parseJson(text);
  return value !== undefined && opening > LEVELS_AT_MOST ? text : value;
};

const LEVELS_AT_MOST = 1_000;

/** Parses JSON. @returns `undefined` if the text is not JSON */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
