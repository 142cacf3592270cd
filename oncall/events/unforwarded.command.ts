import type { Command } from 'commander';
import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { whole } from '../whole.ts';
import { jsonOf } from './json-of.ts';

export const defineUnforwarded: Define = (events, { target, settle }) => {
  events
    .command('unforwarded')
    .summary('list the events that the backend did not take, and send them again')
    .description(
      'Lists the events that the backend of forwardTo did not take within a day, why, and what sending them again would do. With --retry, sends them again: a dry run, unless you add --yes.',
    )
    .option('--retry', 'send them to the backend again', false)
    .option('--yes', 'do so', false)
    .option('--rate <n>', 'at most this many events per second', whole, 100)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `\nExit status: 0 there are none, or it was a dry run; 1 there are some.\n\nExamples:\n  ${CALLED} events unforwarded --stack FractalWebhooks\n  ${CALLED} events unforwarded --retry --yes --stack FractalWebhooks`,
    )
    .action(async ({ retry, yes, rate }, command: Command) => {
      const { listUnforwarded } = await import('./commands.ts');
      settle(await listUnforwarded(await target(), { retry, yes, rate, json: jsonOf(command) }));
    });
};
