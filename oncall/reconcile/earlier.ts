import { readFile, rename, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { STATUSES } from '../../functions/core/facets.ts';
import { parseJson } from '../../functions/core/json.ts';
import { CannotRunError } from '../failure.ts';

const Status = v.picklist(STATUSES);

const HealSchema = v.object({
  user_id: v.string(),
  level: v.string(),
  theirs: v.string(),
  heals: Status,
  ours: v.nullable(v.object({ status: Status, as_of: v.number(), status_rank: v.number() })),
});

/** What could be healed, just as it was compared. */
export type Heal = v.InferOutput<typeof HealSchema>;

const Schema = v.object({
  table: v.string(),
  /** Epoch milliseconds. */
  compared_at: v.number(),
  heals: v.array(HealSchema),
});

/** A comparison that was kept, with what it would heal. */
export type Earlier = v.InferOutput<typeof Schema>;

/**
 * The comparison that a file has.
 *
 * @param since in epoch milliseconds: one from before is too old
 * @returns `undefined` if there is none that can be used
 * @throws CannotRunError if it is of another stack, or no comparison
 */
export const readEarlier = async (file: string, table: string, since: number): Promise<Earlier | undefined> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new CannotRunError(`${file} can't be read: ${error.code}.`);
  });
  if (text === undefined) return undefined;
  const parsed = v.safeParse(Schema, parseJson(text));
  if (!parsed.success) throw new CannotRunError(`${file} is no comparison. Choose another file with --file.`);
  if (parsed.output.table !== table)
    throw new CannotRunError(`${file} is the comparison of another stack. Choose another file with --file.`);
  return parsed.output.compared_at >= since ? parsed.output : undefined;
};

export const keep = async (file: string, earlier: Earlier): Promise<void> => {
  await writeFile(`${file}.new`, `${JSON.stringify(earlier)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
};

/** What decides whether a later comparison has seen the same. */
export const identityOf = ({ user_id, level, theirs, heals, ours }: Heal): string =>
  JSON.stringify([user_id, level, theirs, heals, ours && [ours.status, ours.as_of, ours.status_rank]]);
