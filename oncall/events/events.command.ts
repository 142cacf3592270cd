import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { CannotRunError } from '../failure.ts';
import { whole } from '../whole.ts';
import { defineReplay } from './replay.command.ts';
import { defineRetry } from './retry.command.ts';
import { defineSnapshot } from './snapshot.command.ts';
import { defineUnforwarded } from './unforwarded.command.ts';
import { defineUnpublished } from './unpublished.command.ts';

export const defineEvents: Define = (program, running) => {
  const { target, settle } = running;
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
  for (const define of [defineReplay, defineUnpublished, defineRetry, defineUnforwarded, defineSnapshot]) define(events, running);
};
