import { InvalidArgumentError } from 'commander';

/** A count, as an option's value. */
export const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It is a whole number from 1 on.');
  return value;
};
