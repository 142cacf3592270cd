import { type Command, InvalidArgumentError } from 'commander';
import { CALLED } from '../called.ts';
import { CannotRunError } from '../failure.ts';
import type { Target } from '../target.ts';
import { whole } from '../whole.ts';

const instant = (text: string): Date => {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new InvalidArgumentError('It is a time such as 2026-11-25T08:00:00Z.');
  return at;
};

/** Adds `events` and what is below it. */
export const addEventsCommand = (program: Command, target: () => Promise<Target>, settle: (status: number) => void): void => {
  const events = program
    .command('events')
    .summary('follow, replay and retry the events that tell of changes')
    .description('The events that tell of changes of the table, on the event bus of the stack.')
    .option('--follow', 'show each event as it comes', false)
    .option('--times <n>', 'stop after this many events', whole)
    .option('--json', 'for machines: a line per event', false)
    .addHelpText(
      'after',
      `
--follow makes a rule and a queue for itself, and removes them at its end. On AWS a new rule works after up to a minute.

Examples:
  ${CALLED} events --follow
  ${CALLED} events --follow --json --stack FractalWebhooks`,
    )
    .action(async ({ follow, times, json }) => {
      if (!follow) throw new CannotRunError(`Say what: --follow, or a command. See ${CALLED} events --help.`);
      const commands = await import('./commands.ts');
      settle(await commands.follow(await target(), { times, json }));
    });

  events
    .command('replay')
    .summary('tell of changes again, from the archive')
    .description(
      'Shows what the archive has of a time and, with --yes, tells the bus of it again: all rules, as if it was new. A dry run, unless --yes is given.',
    )
    .requiredOption('--from <time>', 'from this time on, when the events were published', instant)
    .requiredOption('--to <time>', 'and before this time', instant)
    .option('--user <id>', 'what is about this user')
    .option('--yes', 'do it', false)
    .option('--json', 'for machines: a line per event', false)
    .addHelpText(
      'after',
      `
AWS reads an archive minute by minute: a long time takes a while.

Examples:
  ${CALLED} events replay --from 2026-11-25T08:00:00Z --to 2026-11-25T09:00:00Z
  ${CALLED} events replay --from 2026-11-25T08:00:00Z --to 2026-11-25T09:00:00Z --user b5c5a2cd-643e-444b-9591-e7b25fec997d --yes`,
    )
    .action(async (own, command: Command) => {
      const { replay } = await import('./commands.ts');
      const { from, to, user, yes } = own;
      if (from >= to) throw new CannotRunError('--from must be before --to.');
      settle(await replay(await target(), { from, to, user, yes, json: jsonOf(command) }));
    });

  events
    .command('unpublished')
    .summary('the changes that could not be published, and why')
    .description('Shows the changes that could not be published, why, and what telling of them again would do. Changes nothing.')
    .option('--json', 'for machines', false)
    .addHelpText(
      'after',
      `\nExit status: 0 there are none; 1 there are.\n\nExamples:\n  ${CALLED} events unpublished --stack FractalWebhooks`,
    )
    .action(async (_, command: Command) => {
      const { listUnpublished } = await import('./commands.ts');
      settle(await listUnpublished(await target(), { json: jsonOf(command) }));
    });

  events
    .command('retry')
    .summary('publish what could not be published')
    .description(
      'Publishes what could not be published, by what the table says now, and takes it off the queue. A dry run, unless --yes is given.',
    )
    .option('--yes', 'do it', false)
    .option('--json', 'for machines', false)
    .addHelpText('after', `\nExit status: 0 done; 1 some are left.\n\nExamples:\n  ${CALLED} events retry --yes`)
    .action(async ({ yes }, command: Command) => {
      const { retryUnpublished } = await import('./commands.ts');
      settle(await retryUnpublished(await target(), { yes, json: jsonOf(command) }));
    });
};

// The option is its parent's, too, which takes it.
const jsonOf = (command: Command): boolean => Boolean(command.optsWithGlobals().json);
