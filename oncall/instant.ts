import { InvalidArgumentError } from 'commander';
import { formatInstant, parseInstant } from '../functions/core/instant.ts';

/** Parses an option's value, a time or a date, into epoch milliseconds. A date stands for its end, in UTC. */
export const instant = (text: string): number => {
  const at = parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59.999Z` : text);
  if (at !== undefined) return at;
  throw new InvalidArgumentError(
    `It must be a date such as ${formatInstant(0).slice(0, 10)}, or a time such as ${formatInstant(0)}.`,
  );
};
