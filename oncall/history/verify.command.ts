import type { Command } from 'commander';
import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';

export const defineVerify: Define = (history, { target, settle }) => {
  history
    .command('verify')
    .summary('compare the table with the history')
    .description(
      'Computes every item from the history by the rule of the table, and compares it with the table. Reports items that were edited or deleted by other means, and items that the history does not know. Attributes that you have added are no difference.',
    )
    .option('--user <id>', 'this user only')
    .option('--json', 'print JSON, one line per difference', false)
    .addHelpText(
      'after',
      `
Needs the policies View and Audit. Reads both tables. A delivery that is still on a queue can appear as a difference. Run the command again once it is applied.

Exit status: 1 if there is a difference.

Examples:
  ${CALLED} history verify
  ${CALLED} history verify --user 42 --json`,
    )
    .action(async ({ user }: { readonly user?: string }, command: Command) => {
      // The parser takes --json for the option of `history`.
      const { json } = command.optsWithGlobals<{ readonly json: boolean }>();
      const { verifyHistory } = await import('./verify.ts');
      settle(await verifyHistory(await target(), { user, json }));
    });
};
