import * as v from 'valibot';

/**
 * The function's environment variables, read once at start.
 *
 * @throws Error that names each variable that is missing or wrong, so that a bad deployment fails at once and says why.
 */
export const readEnvironment = <Entries extends v.ObjectEntries>(
  entries: Entries,
): v.InferOutput<v.ObjectSchema<Entries, undefined>> => {
  const parsed = v.safeParse(v.object(entries), process.env);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => {
    const name = v.getDotPath(issue);
    return process.env[name ?? ''] === undefined ? `${name} is missing` : `${name} is wrong: ${issue.message}`;
  });
  throw new Error(`Environment: ${problems.join('; ')}`);
};
