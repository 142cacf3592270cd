import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { defineRebuild } from './rebuild.command.ts';
import { defineStart } from './start.command.ts';
import { defineVerify } from './verify.command.ts';

export const defineHistory: Define = (program, running) => {
  const { target, settle } = running;
  const history = program
    .command('history')
    .summary('show what was received about a user, when, and what it did')
    .description(
      'Shows every delivery about a user in the order of its receipt: what it said, and what it did to the table. E-mail addresses and notes are masked unless --reveal.',
    )
    .argument('[user_id]', "the user's id at Fractal, or at Kraken")
    .option('--human <id>', 'idos_human_id of the human whose credentials to show')
    .option('--level <level>', 'this level only')
    .option('--reveal', 'show e-mail addresses and notes', false)
    .option('--json', 'print JSON, one line per delivery', false)
    .addHelpText(
      'after',
      `
Needs the policy Audit. Exit status: 1 if nothing was received.

Examples:
  ${CALLED} history b5c5a2cd-643e-444b-9591-e7b25fec997d
  ${CALLED} history 42 --level plus --json
  ${CALLED} history verify    (compares the whole table with the history)`,
    )
    .action(async (userId: string | undefined, options) => {
      const { showHistory } = await import('./history.ts');
      settle(await showHistory(await target(), userId, options));
    });
  defineRebuild(history, running);
  defineStart(history, running);
  defineVerify(history, running);
};
