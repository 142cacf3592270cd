import { type Command, InvalidArgumentError, Option } from 'commander';
import { CALLED } from '../called.ts';
import { CannotRunError } from '../failure.ts';
import type { Target } from '../target.ts';
import { whole } from '../whole.ts';

const instant = (text: string): Date => {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new InvalidArgumentError('It must be a time such as 2026-11-25T08:00:00Z.');
  return at;
};

/** Adds `events` and its subcommands. */
export const addEventsCommand = (program: Command, target: () => Promise<Target>, settle: (status: number) => void): void => {
  const events = program
    .command('events')
    .summary('follow, replay and retry change events')
    .description("Works with the change events on the stack's event bus.")
    .option('--follow', 'show each event as it arrives', false)
    .option('--times <n>', 'stop after this many events', whole)
    .option('--json', 'print JSON, one line per event', false)
    .addHelpText(
      'after',
      `
--follow creates a rule on the bus, and deletes it when it ends. On AWS a new rule can take a minute to take effect.

Examples:
  ${CALLED} events --follow
  ${CALLED} events --follow --json --stack FractalWebhooks`,
    )
    .action(async ({ follow, times, json }) => {
      if (!follow) throw new CannotRunError(`Specify --follow, or a command. See ${CALLED} events --help.`);
      const commands = await import('./commands.ts');
      settle(await commands.follow(await target(), { times, json }));
    });

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

  events
    .command('unpublished')
    .summary('list the changes that could not be published, and why')
    .description('Lists the changes that could not be published, why, and what retrying them would do. Changes nothing.')
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `\nExit status: 0 there are none; 1 there are some.\n\nExamples:\n  ${CALLED} events unpublished --stack FractalWebhooks`,
    )
    .action(async (_, command: Command) => {
      const { listUnpublished } = await import('./commands.ts');
      settle(await listUnpublished(await target(), { json: jsonOf(command) }));
    });

  events
    .command('retry')
    .summary('publish the changes that could not be published')
    .description(
      'Publishes the changes that could not be published, with the current state of the table, and deletes them from the queue. A dry run, unless you add --yes.',
    )
    .option('--yes', 'publish the changes', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', `\nExit status: 0 done; 1 some changes are left.\n\nExamples:\n  ${CALLED} events retry --yes`)
    .action(async ({ yes }, command: Command) => {
      const { retryUnpublished } = await import('./commands.ts');
      settle(await retryUnpublished(await target(), { yes, json: jsonOf(command) }));
    });
};

// The parent command has the same option, and its parser takes it.
const jsonOf = (command: Command): boolean => Boolean(command.optsWithGlobals().json);
