import type { Command } from 'commander';
import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { jsonOf } from './json-of.ts';

export const defineUnpublished: Define = (events, { target, settle }) => {
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
};
