import type { Command } from 'commander';
import { Option } from 'commander';
import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { CannotRunError } from '../failure.ts';
import { instant } from './instant.ts';
import { jsonOf } from './json-of.ts';

export const defineReplay: Define = (events, { target, settle }) => {
  events
    .command('replay')
    .summary('replay events from the archive')
    .description(
      'Shows the archived events of a time range. With --yes, sends them to all rules of the bus again, as if they were new.',
    )
    .requiredOption('--from <time>', 'start of the range, by the time of publication (inclusive)', instant)
    .requiredOption('--to <time>', 'end of the range (exclusive)', instant)
    .addOption(new Option('--user <id>', 'only events about this user').conflicts('human'))
    .option('--human <id>', 'only events about the credentials of this idos_human_id')
    .option('--yes', 'send the events', false)
    .option('--json', 'print JSON, one line per event', false)
    .addHelpText(
      'after',
      `
AWS reads an archive minute by minute, so a long range takes a while.

Examples:
  ${CALLED} events replay --from 2026-11-25T08:00:00Z --to 2026-11-25T09:00:00Z
  ${CALLED} events replay --from 2026-11-25T08:00:00Z --to 2026-11-25T09:00:00Z --user b5c5a2cd-643e-444b-9591-e7b25fec997d --yes`,
    )
    .action(async (own, command: Command) => {
      const { replay } = await import('./commands.ts');
      const { from, to, user, human, yes } = own;
      if (from >= to) throw new CannotRunError('--from must be before --to.');
      settle(await replay(await target(), { from, to, user, human, yes, json: jsonOf(command) }));
    });
};
