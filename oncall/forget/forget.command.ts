import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';

export const defineForget: Define = (program, { target, settle }) => {
  program
    .command('forget')
    .summary("delete one person's data")
    .description(
      'Deletes everything that the stack holds about one person: items in the table, records in the history, and messages on the main queue, the dead-letter queue and the queue of unpublished changes. Each deleted item is published as a forgotten event. A dry run, unless you add --yes.',
    )
    .argument('<user_id>', "the user's id at Fractal")
    .option('--human <id>', 'idos_human_id of the same person, to delete the credentials too')
    .option('--yes', 'delete the data', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if something was left, or could not be seen or read.

Examples:
  ${CALLED} forget b5c5a2cd-643e-444b-9591-e7b25fec997d
  ${CALLED} forget b5c5a2cd-643e-444b-9591-e7b25fec997d --yes --stack FractalWebhooks`,
    )
    .action(async (userId: string, options) => {
      const { forget } = await import('./forget.ts');
      settle(await forget(await target(), userId, options));
    });
};
