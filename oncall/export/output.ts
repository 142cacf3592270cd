import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { parseJson } from '../../functions/core/json.ts';
import { CannotRunError } from '../failure.ts';
import { type Position, SEGMENTS } from '../scan.ts';

/** Where the rows of an export go. */
export interface Output {
  /** Where each segment of the table goes on. */
  readonly from: readonly Position[];
  /** How many rows are there already. */
  readonly rows: number;
  /** Adds the rows of a page, after which its segment goes on at `next`. */
  add(rows: readonly string[], segment: number, next: Position): Promise<void>;
  /** Ends the export: it is complete. */
  complete(): Promise<void>;
  /** Releases the file. */
  close(): Promise<void>;
}

export const toStandardOutput = (head: string): Output => {
  process.stdout.write(head);
  return {
    from: [],
    rows: 0,
    add: async (rows) => {
      if (rows.length > 0 && !process.stdout.write(rows.join('')))
        await new Promise((ready) => process.stdout.once('drain', ready));
    },
    complete: async () => {},
    close: async () => {},
  };
};

const Key = v.record(v.string(), v.object({ S: v.string() }));
const ProgressSchema = v.object({
  query: v.string(),
  bytes: v.number(),
  rows: v.number(),
  from: v.array(v.union([Key, v.picklist(['start', 'end'])])),
});

const positionOf = (from: v.InferOutput<typeof ProgressSchema>['from'][number]): Position =>
  from === 'start' ? undefined : from === 'end' ? null : from;

/**
 * A file, beside which `FILE.resume` says how far the export is, until it is complete.
 *
 * @param query what is exported: an export is continued only for the same
 * @throws CannotRunError if the file exists and is not an unfinished export of the same
 */
export const toFile = async (path: string, head: string, query: string): Promise<Output> => {
  const resume = `${path}.resume`;
  const found = v.safeParse(ProgressSchema, parseJson(await readFile(resume, 'utf8').catch(() => '')));
  if (found.success && found.output.query !== query) {
    throw new CannotRunError(
      `${path} has the start of another export. Repeat that command to finish it, or delete ${path} and ${resume}.`,
    );
  }
  const file = await open(path, found.success ? 'r+' : 'wx', 0o600).catch((error: NodeJS.ErrnoException): FileHandle => {
    throw new CannotRunError(
      error.code === 'EEXIST' ? `${path} exists. Choose another file.` : `The file can't be written: ${error.message}`,
    );
  });
  const from = Array.from(
    { length: SEGMENTS },
    (_, segment) => (found.success ? found.output.from[segment] : undefined) ?? 'start',
  );
  let { bytes, rows } = found.success ? found.output : { bytes: 0, rows: 0 };
  const append = async (text: string): Promise<void> => {
    const all = Buffer.from(text);
    for (let written = 0; written < all.length; ) {
      written += (await file.write(all, written, all.length - written, bytes + written)).bytesWritten;
    }
    bytes += all.length;
  };
  if (found.success) await file.truncate(bytes);
  else await append(head);

  const save = async (): Promise<void> => {
    await writeFile(`${resume}.new`, JSON.stringify({ query, bytes, rows, from }), { mode: 0o600 });
    await rename(`${resume}.new`, resume);
  };
  await save();
  // Pages of several segments arrive at once.
  let saved = Promise.resolve();
  return {
    from: from.map(positionOf),
    rows,
    add: (added, segment, next) => {
      saved = saved.then(async () => {
        await append(added.join(''));
        rows += added.length;
        from[segment] = next === null ? 'end' : ((next ?? 'start') as (typeof from)[number]);
        await save();
      });
      return saved;
    },
    complete: async () => {
      await file.sync();
      await rm(resume, { force: true });
    },
    close: () => file.close(),
  };
};
