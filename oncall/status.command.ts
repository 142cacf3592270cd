import { Option } from 'commander';
import { CLOCKS } from '../functions/core/record.ts';
import { CALLED } from './called.ts';
import type { Define } from './define.ts';
import { instant } from './instant.ts';

export const defineStatus: Define = (program, { target, settle }) => {
  program
    .command('status')
    .summary("show one user's state")
    .description(
      "Shows the status of each level of a user with Fractal's timestamp, or the time of receipt of a result of Kraken, the e-mail address with the time it was received, and the credentials that an idOS human has shared.",
    )
    .argument('[user_id]', "the user's id at Fractal")
    .option('--human <id>', 'idos_human_id of the human whose credentials to show')
    .option('--as-of <time>', 'show what was known then: a time, or a date, which stands for its end in UTC', instant)
    .addOption(
      new Option('--by <clock>', 'with --as-of: what had been received by then, or what the table said')
        .choices(CLOCKS)
        .default('received'),
    )
    .option('--reveal', 'show the full e-mail address', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `
--as-of needs the policy Audit, and a history that was complete by then. Exit status: 1 if nothing is known about the user.

Examples:
  ${CALLED} status b5c5a2cd-643e-444b-9591-e7b25fec997d
  ${CALLED} status 42 --as-of 2026-03-31
  ${CALLED} status --human 6f1c7e0a-8f5e-4a3b-9d2c-1b0a9e8d7c6f
  ${CALLED} status b5c5a2cd-643e-444b-9591-e7b25fec997d --json --stack FractalWebhooks`,
    )
    .action(async (userId: string | undefined, options) => {
      const { showStatus } = await import('./status.ts');
      settle(await showStatus(await target(), userId, options));
    });
};
