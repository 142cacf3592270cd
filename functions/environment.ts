import * as v from 'valibot';
import { Problem } from './log.ts';

/** A variable that must be there, and hold something. */
export const Text = v.pipe(v.string(), v.nonEmpty());

/**
 * The function's environment variables, to be read at start: a bad deployment then fails at once.
 *
 * @throws Problem that says of each variable whether it is missing, empty or wrong.
 */
export const readEnvironment = <Entries extends v.ObjectEntries>(
  entries: Entries,
): v.InferOutput<v.ObjectSchema<Entries, undefined>> => {
  const parsed = v.safeParse(v.object(entries), process.env);
  if (parsed.success) return parsed.output;
  throw new Problem(`Environment: ${parsed.issues.map(problemWith).join('; ')}`);
};

const problemWith = (issue: v.BaseIssue<unknown>): string => {
  const name = v.getDotPath(issue) ?? '';
  const value = process.env[name];
  if (value === undefined) return `${name} is missing`;
  return value === '' ? `${name} is empty` : `${name} is wrong: ${issue.message}`;
};
