import { toAsciiJson } from '../functions/core/json.ts';

/** Prints a value as one line of JSON in printable ASCII: no text in it can control the terminal. */
export const printJson = (value: unknown): void => console.log(toAsciiJson(value));
