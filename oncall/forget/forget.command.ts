import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { CannotRunError } from '../failure.ts';

export const defineForget: Define = (program, { target, settle }) => {
  program
    .command('forget')
    .summary("delete one person's data")
    .description(
      'Deletes everything that the stack holds about one person: items in the table, records in the history, and messages on the main queue, the dead-letter queue and the queue of unpublished changes. Each deleted item is published as a forgotten event. A dry run, unless you add --yes.',
    )
    .argument('[user_id]', "the user's id at Fractal")
    .option('--human <id>', 'idos_human_id of the same person, to delete the credentials too')
    .option(
      '--due',
      'instead: repeat the erasures that a hold refused and that has ended, and look once more at those of the last 14 days',
      false,
    )
    .option('--again', 'instead, after a restore: erase all persons again who were erased before', false)
    .option('--ledger <table>', 'with --again: the history table from before the restore, whose ledger counts too')
    .option('--withdraw', 'withdraw an erasure of the user that has not finished, or that a hold has refused', false)
    .option('--yes', 'delete the data', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `
While a hold stands, it refuses. In the history, only the SHA-256 of the ids, the time of the erasure and who has erased stay.

Needs the policies View and Erase; --due and --again also Audit, and Import if a person was received
again. No policy of the stack can read the table of --ledger: it takes rights of your own.
Exit status: 1 if something was left, could not be seen or read, or a hold stands.

Examples:
  ${CALLED} forget b5c5a2cd-643e-444b-9591-e7b25fec997d
  ${CALLED} forget b5c5a2cd-643e-444b-9591-e7b25fec997d --yes --stack FractalWebhooks
  ${CALLED} forget --due --yes
  ${CALLED} forget 42 --withdraw
  ${CALLED} forget --again --ledger OLD_HISTORY_TABLE --yes`,
    )
    .action(async (userId: string | undefined, { due, again, ledger, withdraw, ...options }) => {
      if ([userId !== undefined, due, again].filter(Boolean).length !== 1)
        throw new CannotRunError('Specify a user_id, --due, or --again.');
      const of = await target();
      if (withdraw) {
        const { withdrawErasure } = await import('./withdraw.ts');
        return settle(await withdrawErasure(of, userId, options));
      }
      if (due) {
        const { eraseDue } = await import('./due.ts');
        settle(await eraseDue(of, options));
      } else if (again) {
        const [{ eraseAgain }, { ledgerOf }] = await Promise.all([import('./again.ts'), import('./ledger.ts')]);
        settle(await eraseAgain(of, await ledgerOf(of, ledger), options));
      } else {
        const { forget } = await import('./forget.ts');
        settle(await forget(of, userId as string, options));
      }
    });
};
