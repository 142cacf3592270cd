import { InvalidArgumentError } from 'commander';

/** Reads the value of an option as a time. */
export const instant = (text: string): Date => {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new InvalidArgumentError('It must be a time such as 2026-11-25T08:00:00Z.');
  return at;
};
