import { open } from 'node:fs/promises';
import type { Diagnosis } from '../../functions/core/diagnosis.ts';
import { asJson } from '../../functions/core/diagnosis-words.ts';
import { CALLED } from '../called.ts';
import { isConfirmed } from '../confirm.ts';
import { CannotRunError, EXIT, explain as inWords } from '../failure.ts';
import type { Target } from '../target.ts';
import { withLetters } from './look.ts';
import { moveEach } from './move.ts';
import { type Selection, select } from './selection.ts';

export interface DropOptions {
  readonly selection: Selection;
  readonly yes: boolean;
  /** The file that what is dropped is written to first. */
  readonly export: string;
  readonly json: boolean;
}

/**
 * Takes messages off the dead-letter queue for good, after writing them to a file that `dlq import` can bring back.
 * Without `yes` it asks on a terminal for their number, and elsewhere only says what it would drop.
 */
export const drop = (target: Target, { selection, yes, export: file, json }: DropOptions): Promise<number> =>
  withLetters(
    target,
    async ({ deadLetters, queue, taken }) => {
      const selected = select(deadLetters, selection, Date.now());
      if (selected.length === 0) {
        console.log(json ? JSON.stringify({ dry_run: !yes, messages: [] }) : 'Nothing is selected.');
        return EXIT.done;
      }
      if (!yes && !(await isConfirmed(`This drops ${selected.length} messages for good.`, String(selected.length)))) {
        if (json) console.log(JSON.stringify({ dry_run: true, messages: selected.map((one) => asJson(one, false)) }));
        else console.log(`${selected.length} would be dropped, and written to ${file} first. Nothing has been; --yes does it.`);
        return EXIT.done;
      }
      await writeLines(file, selected);
      const { done, failure } = await moveEach(selected, Number.POSITIVE_INFINITY, async (one) => {
        await queue.delete(one.deadLetter);
        taken(one);
      });
      if (json) console.log(JSON.stringify({ dry_run: false, dropped: done, of: selected.length, export: file }));
      else console.log(`${done} of ${selected.length} dropped. ${CALLED} dlq import ${file}${target.options} brings them back.`);
      if (failure) console.error(`error: ${inWords(failure)}`);
      return done === selected.length ? EXIT.done : EXIT.notAsItShouldBe;
    },
    (count) => 300 + Math.ceil(count / 100),
  );

// On the disk before anything is deleted, and never over what an earlier drop has written.
const writeLines = async (file: string, deadLetters: readonly Diagnosis[]): Promise<void> => {
  const handle = await open(file, 'ax', 0o600).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EEXIST' ? 'is there already' : `can't be written (${error.code})`;
    throw new CannotRunError(`${file} ${why}. Choose another with --export. Nothing is dropped.`);
  });
  try {
    for (const { deadLetter } of deadLetters)
      await handle.write(`${JSON.stringify({ message_id: deadLetter.messageId, body: deadLetter.body })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
};
