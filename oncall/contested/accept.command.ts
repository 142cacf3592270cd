import { Option } from 'commander';
import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { DECIDABLE } from './decision.ts';

export const defineAccept: Define = (program, { target, settle }) => {
  program
    .command('accept')
    .summary('settle a contested result of Kraken')
    .description(
      'Decides between a rejection by Kraken and an approval that was received later. Look the user up at Kraken first. The decision is recorded with who made it and why, and a later rejection by Kraken overrides it.',
    )
    .argument('<user_id>', "the user's id at Kraken")
    .addOption(new Option('--status <status>', 'what is true of the user').choices(DECIDABLE).default('approved'))
    .requiredOption('--why <text>', 'why, for the record')
    .option('--yes', 'decide without asking for confirmation', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if the table does not show the decision after 30 s.

Examples:
  ${CALLED} accept 42 --why "approved in the dashboard of Kraken"
  ${CALLED} accept 42 --status rejected --why "Kraken's API says rejected" --yes`,
    )
    .action(async (userId: string, options) => {
      const { accept } = await import('./accept.ts');
      settle(await accept(await target(), userId, options));
    });
};
