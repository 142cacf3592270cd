import { readFile, rename, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import type { Finding } from '../../functions/core/comparison.ts';
import { STATUSES } from '../../functions/core/facets.ts';
import { parseJson } from '../../functions/core/json.ts';
import { CannotRunError } from '../failure.ts';

const Status = v.picklist(STATUSES);

const Schema = v.object({
  table: v.string(),
  /** Epoch milliseconds. */
  compared_at: v.number(),
  heals: v.array(
    v.object({
      user_id: v.string(),
      level: v.string(),
      theirs: v.string(),
      heals: Status,
      ours: v.nullable(v.object({ status: Status, as_of: v.number(), status_rank: v.number() })),
    }),
  ),
});

/** A comparison that was kept, with what it would heal. */
export type Earlier = v.InferOutput<typeof Schema>;

/** @returns `undefined` if there is no such file */
export const readEarlier = async (file: string): Promise<Earlier | undefined> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new CannotRunError(`${file} can't be read: ${error.code}.`);
  });
  if (text === undefined) return undefined;
  const parsed = v.safeParse(Schema, parseJson(text));
  if (!parsed.success) throw new CannotRunError(`${file} is no comparison. Choose another file with --file.`);
  return parsed.output;
};

export const keep = async (file: string, earlier: Earlier): Promise<void> => {
  await writeFile(`${file}.new`, `${JSON.stringify(earlier)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
};

/** What of a finding decides whether a later comparison has seen the same. */
export const identityOf = ({
  user_id,
  level,
  theirs,
  heals,
  ours,
}: Pick<Finding, 'user_id' | 'level' | 'theirs' | 'heals'> & { readonly ours: Earlier['heals'][number]['ours'] }): string =>
  JSON.stringify([user_id, level, theirs, heals, ours && [ours.status, ours.as_of, ours.status_rank]]);
