import { Option } from 'commander';
import { STATUSES } from '../../functions/core/facets.ts';
import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { instant } from '../instant.ts';
import { whole } from '../whole.ts';

export const defineExport: Define = (program, { target, settle }) => {
  program
    .command('export')
    .summary('list the states of all users, now or at a time, or all data of one person')
    .description(
      'Reads the whole table and writes the states of levels, one per line. A joined level, such as basic+liveness, is a level of its own. With --as-of, what had been received by then. With --user, the items and deliveries of one person as JSON, whatever the spelling of the id; messages that still wait on a queue are not included.',
    )
    .option('--level <level>', 'this level only')
    .addOption(new Option('--status <status>', 'this status only').choices(STATUSES))
    .option('--as-of <time>', 'what had been received by then: a time, or a date, which stands for its end in UTC', instant)
    .option(
      '--approved-before <time>',
      'approved before this time, by Fractal; by the receipt of a result of Kraken: those to verify again',
      instant,
    )
    .addOption(
      new Option('--format <format>', 'csv, which spreadsheets open without running formulas, or jsonl')
        .choices(['csv', 'jsonl'])
        .default('csv'),
    )
    .option('--out <file>', 'write to a file, and continue an export to it that was interrupted')
    .option('--read-units <number>', "read at most this many of DynamoDB's read units per second", whole, 1_000)
    .option('--user <id>', 'all data of this user: items, and deliveries with their bodies')
    .option('--human <id>', 'with --user: idos_human_id of the same person')
    .addHelpText(
      'after',
      `
Needs the policy View; --as-of and --user the policy Audit too. The table can change while it is read. --as-of lists users that the
table has today: history verify names those that it has lost, and who was erased since is not listed.

Exit status: 1 if nothing was found.

Examples:
  ${CALLED} export --level plus --status approved --out approved.csv
  ${CALLED} export --level plus --status approved --as-of 2026-03-31 --format jsonl
  ${CALLED} export --level plus --approved-before 2025-11-30 --stack FractalWebhooks
  ${CALLED} export --user 42 --out 42.json`,
    )
    .action(async ({ user, human, ...options }) => {
      const of = await target();
      if (user !== undefined || human !== undefined) {
        const { exportPerson } = await import('./person.ts');
        settle(await exportPerson(of, { user, human, out: options.out }));
      } else {
        const { exportStates } = await import('./states.ts');
        settle(await exportStates(of, options));
      }
    });
};
