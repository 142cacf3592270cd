import * as v from 'valibot';
import { Problem } from './log.ts';

/** A variable that must be set and not empty. */
export const Text = v.pipe(v.string(), v.nonEmpty());

/**
 * Reads the function's environment variables. Call it at startup, so that a bad deployment fails immediately.
 *
 * @throws Problem that lists each variable that is missing, empty or wrong
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
