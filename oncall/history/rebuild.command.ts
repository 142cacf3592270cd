import type { Command } from 'commander';
import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';

export const defineRebuild: Define = (history, { target, settle }) => {
  history
    .command('rebuild')
    .summary('rebuild the table from the history')
    .description(
      'After the loss of items or of the whole table: puts the deliveries that lead to what the table lacks, or has older, on the queue again. They keep their records, newer items stay, erased persons stay erased, and lost holds are placed again. Each rebuilt item is a change, and published as an event. A dry run, unless you add --yes.',
    )
    .option('--user <id>', 'this user only')
    .option('--yes', 'rebuild the items', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `
Needs the policies View, Audit and Import, and Hold if the table has lost holds. An item that was edited so that it is newer than the history stays: history verify names it.

Examples:
  ${CALLED} history rebuild
  ${CALLED} history rebuild --yes --stack FractalWebhooks`,
    )
    .action(async ({ user, yes }: { readonly user?: string; readonly yes: boolean }, command: Command) => {
      // The parser takes --json for the option of `history`.
      const { json } = command.optsWithGlobals<{ readonly json: boolean }>();
      const { rebuild } = await import('./rebuild.ts');
      settle(await rebuild(await target(), { user, yes, json }));
    });
};
