import { toAsciiJson } from '../functions/core/json.ts';

/**
 * Prints a value on one line, as JSON in printable ASCII: no character in it can move the cursor or reverse the text direction of a
 * terminal. A value that is nested too deeply for JSON.stringify is replaced with an error.
 */
export const printJson = (value: unknown): void => console.log(lineOf(value));

const lineOf = (value: unknown): string => {
  try {
    return toAsciiJson(value);
  } catch (error) {
    // JSON.stringify is recursive.
    if (!(error instanceof RangeError)) throw error;
    return toAsciiJson({ error: 'This value is nested too deeply to be shown.' });
  }
};
