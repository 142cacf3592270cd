import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { count } from '../../functions/words/count.ts';
import { CannotRunError, EXIT, explainError } from '../failure.ts';
import { idsIn, isFromBeforeErasure } from '../forget/before-erasure.ts';
import { erasuresOf } from '../forget/ledger.ts';
import { moveEach } from '../move-each.ts';
import { printJson } from '../print-json.ts';
import type { Target } from '../target.ts';
import { withLetters } from './look.ts';

const LineSchema = v.pipe(v.string(), v.parseJson(), v.object({ body: v.pipe(v.string(), v.nonEmpty()) }));

export interface ImportOptions {
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * Puts the messages of a file that `dlq drop` wrote back on the dead-letter queue, except those that are already there. It
 * may be repeated. Without `yes` it is a dry run.
 *
 * @returns the exit status: 1 if some messages could not be put back
 * @throws CannotRunError if `dlq drop` did not write this file
 */
export const importLetters = async (target: Target, file: string, { yes, json }: ImportOptions): Promise<number> => {
  const bodies = await bodiesIn(file);
  return withLetters(target, async ({ deadLetters, queue, hidden, stopping }) => {
    if (hidden > 0) {
      throw new CannotRunError(
        `${count(hidden, 'message')} of the dead-letter queue can't be read now, and may be in this file too. Retry in a few minutes. Nothing was put back.`,
      );
    }
    const ledger = await erasuresOf(target, bodies.flatMap(idsIn));
    const kept = bodies.filter((body) => !isFromBeforeErasure(ledger, body));
    const erased = bodies.length - kept.length;
    if (erased > 0 && !json)
      console.log(`${count(erased, 'message is', 'messages are')} from before the erasure of the person, and left out.`);
    const missing = without(
      kept,
      deadLetters.map(({ deadLetter }) => deadLetter.body),
    );
    const there = kept.length - missing.length;
    if (!yes) {
      if (json) printJson({ dry_run: true, imported: 0, of: missing.length, there_already: there, erased });
      else
        console.log(
          `${missing.length} would be put back; ${there} already there. This was a dry run. Add --yes to put them back.`,
        );
      return EXIT.done;
    }
    const { done, failure } = await moveEach(
      missing,
      Number.POSITIVE_INFINITY,
      async (body) => {
        stopping.throwIfAborted();
        await queue.put(body);
      },
      1,
    );
    if (json) printJson({ dry_run: false, imported: done, of: missing.length, there_already: there, erased });
    else console.log(`${done} of ${missing.length} put back on the dead-letter queue; ${there} already there.`);
    if (failure) console.error(`error: ${explainError(failure)} Repeat the command: it skips messages that are already there.`);
    return failure ? EXIT.problem : EXIT.done;
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
      throw new CannotRunError(`Line ${index + 1} of ${file} was not written by dlq drop. Nothing was put back.`);
    return [parsed.output.body];
  });
};

/** `all`, minus one equal element for each of `others`. */
const without = (all: readonly string[], others: readonly string[]): string[] => {
  const left = new Map<string, number>();
  for (const other of others) left.set(other, (left.get(other) ?? 0) + 1);
  return all.filter((one) => {
    const others = left.get(one) ?? 0;
    left.set(one, others - 1);
    return others <= 0;
  });
};
