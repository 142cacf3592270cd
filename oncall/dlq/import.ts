import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { CannotRunError, EXIT, explain as inWords } from '../failure.ts';
import type { Target } from '../target.ts';
import { withLetters } from './look.ts';

const LineSchema = v.pipe(v.string(), v.parseJson(), v.object({ body: v.pipe(v.string(), v.nonEmpty()) }));

export interface ImportOptions {
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * Puts what `dlq drop` wrote to a file back on the dead-letter queue, but for what is there already: so it may be repeated after it was
 * interrupted. Without `yes` it says only what it would put back.
 *
 * @returns the exit status: 1 if some could not be put back
 * @throws CannotRunError if the file is not all of that kind
 */
export const importLetters = async (target: Target, file: string, { yes, json }: ImportOptions): Promise<number> => {
  const bodies = await bodiesIn(file);
  return withLetters(target, async ({ deadLetters, queue, hidden }) => {
    if (hidden > 0) {
      throw new CannotRunError(
        `${hidden} messages of the dead-letter queue can't be seen now, and may be among these. Repeat this in some minutes. Nothing was put back.`,
      );
    }
    const missing = without(
      bodies,
      deadLetters.map(({ deadLetter }) => deadLetter.body),
    );
    const there = bodies.length - missing.length;
    if (!yes) {
      if (json) console.log(JSON.stringify({ dry_run: true, imported: 0, of: missing.length, there_already: there }));
      else console.log(`${missing.length} would be put back; ${there} are there already. This was a dry run: --yes does it.`);
      return EXIT.done;
    }
    let done = 0;
    let failure: unknown;
    try {
      for (const body of missing) {
        await queue.put(body);
        done += 1;
      }
    } catch (error) {
      failure = error;
    }
    if (json) console.log(JSON.stringify({ dry_run: false, imported: done, of: missing.length, there_already: there }));
    else console.log(`${done} of ${missing.length} put back on the dead-letter queue; ${there} were there already.`);
    if (failure) console.error(`error: ${inWords(failure)} Repeat this: what is there already is left out.`);
    return failure ? EXIT.notAsItShouldBe : EXIT.done;
  });
};

const bodiesIn = async (file: string): Promise<string[]> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CannotRunError(`${file} can't be read: ${error.code}.`);
  });
  return text.split('\n').flatMap((line, index) => {
    if (line === '') return [];
    const parsed = v.safeParse(LineSchema, line);
    if (!parsed.success)
      throw new CannotRunError(`Line ${index + 1} of ${file} is not one that dlq drop wrote. Nothing was put back.`);
    return [parsed.output.body];
  });
};

/** What is in `all` more often than in `others`. */
const without = (all: readonly string[], others: readonly string[]): string[] => {
  const left = new Map<string, number>();
  for (const other of others) left.set(other, (left.get(other) ?? 0) + 1);
  return all.filter((one) => {
    const count = left.get(one) ?? 0;
    left.set(one, count - 1);
    return count <= 0;
  });
};
