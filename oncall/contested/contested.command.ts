import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';

export const defineContested: Define = (program, { target, settle }) => {
  program
    .command('contested')
    .summary('list results of Kraken that contradict each other')
    .description(
      "Lists the users whom Kraken has rejected, and of whom an approval was received later. Kraken's results have no time, so it can be an old approval that was sent again: the rejection stands until somebody has looked.",
    )
    .option('--json', 'print JSON, one line per user', false)
    .addHelpText(
      'after',
      `
Reads the whole table. Exit status: 1 if there are contested results.

Examples:
  ${CALLED} contested
  ${CALLED} accept 42 --why "approved in the dashboard of Kraken"    (settles one of them)`,
    )
    .action(async (options) => {
      const { listContested } = await import('./contested.ts');
      settle(await listContested(await target(), options));
    });
};
