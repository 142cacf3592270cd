import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { CannotRunError } from '../failure.ts';
import { instant } from '../instant.ts';

export const defineHold: Define = (program, { target, settle }) => {
  program
    .command('hold')
    .summary("keep one person's data until a date")
    .description(
      'Places a hold: until its end, forget refuses to erase the data of the user. A hold that stands can be extended, and ended with --release. The item of the hold names who placed it, and why.',
    )
    .argument('[user_id]', "the user's id at Fractal, or at Kraken")
    .option('--until <time>', 'a time, or a date, which stands for its end in UTC', instant)
    .option('--reason <text>', 'why the data must be kept, such as the law or a case')
    .option('--human <id>', 'idos_human_id of the same person, to keep the credentials too')
    .option('--release', 'end the hold now', false)
    .option('--list', 'list all holds, and the erasures that they refused', false)
    .option('--even-if-unknown', 'place a hold although the table has nothing of the user', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `
Needs the policies View and Hold; --list only View.

Examples:
  ${CALLED} hold 42 --until 2031-11-30 --reason "five years from the end of the contract"
  ${CALLED} hold --list
  ${CALLED} hold --release 42 --stack FractalWebhooks`,
    )
    .action(async (userId: string | undefined, { list, release, ...options }) => {
      const of = await target();
      const { listHolds, placeHold, releaseHold } = await import('./hold.ts');
      if (list) return settle(await listHolds(of, options));
      if (userId === undefined || userId.trim() === '') throw new CannotRunError('Specify a user_id, or --list.');
      settle(await (release ? releaseHold(of, userId, options) : placeHold(of, userId, options)));
    });
};
