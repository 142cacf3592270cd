import type { Command } from 'commander';
import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { jsonOf } from './json-of.ts';

export const defineRetry: Define = (events, { target, settle }) => {
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
