import { open } from 'node:fs/promises';
import type { Diagnosis } from '../../functions/core/diagnosis.ts';
import { count } from '../../functions/words/count.ts';
import { CALLED } from '../called.ts';
import { isConfirmed } from '../confirm.ts';
import { CannotRunError, EXIT, explainError } from '../failure.ts';
import { moveEach } from '../move-each.ts';
import { printJson } from '../print-json.ts';
import { shellWord } from '../shell-word.ts';
import type { Target } from '../target.ts';
import { asJson } from './as-json.ts';
import { remarkOnHidden, withLetters } from './look.ts';
import { type Selection, select, unseenBy } from './selection.ts';

export interface DropOptions {
  readonly selection: Selection;
  readonly yes: boolean;
  /** The file to write the messages to before deleting them. */
  readonly export: string;
  readonly json: boolean;
}

/**
 * Writes messages to a file for `dlq import`, then deletes them from the dead-letter queue. Without `yes`, it asks for confirmation in a
 * terminal, and otherwise is a dry run.
 */
export const drop = (target: Target, { selection, yes, export: file, json }: DropOptions): Promise<number> =>
  withLetters(
    target,
    async ({ deadLetters, hidden, held, stopping }) => {
      const selected = select(deadLetters, selection, Date.now());
      const unrecorded = selected.filter(({ prospect }) => prospect === 'would_record').length;
      const warnings = unrecorded > 0 ? [warningOf(unrecorded, target)] : [];
      const unseen = unseenBy(selection, selected.length, hidden);
      const status = unseen === 0 ? EXIT.done : EXIT.problem;
      if (selected.length === 0) {
        if (json) printJson({ dry_run: !yes, messages: [], hidden: unseen });
        else console.log(['No messages selected.', ...remarkOnHidden(unseen)].join('\n'));
        return status;
      }
      if (
        !yes &&
        !(await isConfirmed(
          [...warnings, `This deletes ${count(selected.length, 'message')} for good.`].join(' '),
          String(selected.length),
        ))
      ) {
        const would = `${selected.length} would be written to ${file}, then deleted. This was a dry run. Add --yes to delete.`;
        if (json) printJson({ dry_run: true, messages: selected.map((one) => asJson(one, false)), hidden: unseen });
        else console.log([would, ...warnings, ...remarkOnHidden(unseen)].join('\n'));
        return status;
      }
      held.stillHeld();
      await writeLines(file, selected);
      const { done, failure } = await moveEach(selected, Number.POSITIVE_INFINITY, async (one) => {
        stopping.throwIfAborted();
        await held.delete(one.deadLetter);
      });
      const dropped = `${done} of ${selected.length} dropped. To put them back: ${CALLED} dlq import ${shellWord(file)}${target.options}`;
      if (json) printJson({ dry_run: false, dropped: done, of: selected.length, hidden: unseen, export: file });
      else console.log([dropped, ...warnings, ...remarkOnHidden(unseen)].join('\n'));
      if (failure) console.error(`error: ${explainError(failure, target)}`);
      return done === selected.length ? status : EXIT.problem;
    },
    (messages) => 300 + Math.ceil(messages / 100),
  );

const warningOf = (unrecorded: number, { options }: Target): string =>
  `${count(unrecorded, 'message is', 'messages are')} in the table, but not in the history: the record is lost with it. To record it instead: ${CALLED} dlq redrive --would-apply --yes${options}`;

// Synced to the disk before anything is deleted. Never overwrites a file.
const writeLines = async (file: string, deadLetters: readonly Diagnosis[]): Promise<void> => {
  await using handle = await open(file, 'ax', 0o600).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EEXIST' ? 'already exists' : `can't be written (${error.code})`;
    throw new CannotRunError(`${file} ${why}. Choose another file with --export. Nothing was deleted.`);
  });
  for (const { deadLetter } of deadLetters)
    await handle.write(`${JSON.stringify({ message_id: deadLetter.messageId, body: deadLetter.body })}\n`);
  await handle.sync();
};
