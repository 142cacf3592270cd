import { InvalidArgumentError } from 'commander';
import { parseInstant } from '../../functions/core/instant.ts';

/** Reads the value of an option as an RFC 3339 time. `Date` alone would take "Nov 29" for a day in 2001, and February 30 for March 2. */
export const instant = (text: string): Date => {
  const at = parseInstant(text);
  if (at === undefined) throw new InvalidArgumentError('It must be a time such as 2026-11-25T08:00:00Z (RFC 3339).');
  return new Date(at);
};
