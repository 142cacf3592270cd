import { type Command, Option } from 'commander';
import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { whole } from '../whole.ts';
import { jsonOf } from './json-of.ts';

export const defineSnapshot: Define = (events, { target, settle }) => {
  events
    .command('snapshot')
    .summary('send the current state of every item as an event')
    .description(
      'Sends the current state of every item as an event with the source fractal-webhooks.snapshot and detail.snapshot, for a consumer that is new, or lost more than the archive has. Only rules that ask for this source get them. A dry run, unless you add --yes.',
    )
    .option('--level <level>', 'this level only')
    .addOption(new Option('--rule <name>', 'put this name in detail.rule, for a rule that asks for it').conflicts('backend'))
    .option('--backend', 'to the backend of forwardTo only', false)
    .option('--rate <n>', 'at most this many events per second', whole, 100)
    .option('--after <token>', 'go on where an interrupted command was')
    .option('--yes', 'send them', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `\nReads the whole table. Exit status: 0 done, or a dry run; 1 not finished.\n\nExamples:\n  ${CALLED} events snapshot --level plus\n  ${CALLED} events snapshot --level plus --yes --stack FractalWebhooks\n  ${CALLED} events snapshot --backend --yes --stack FractalWebhooks`,
    )
    .action(async ({ level, rule, backend, rate, after, yes }, command: Command) => {
      const { snapshot } = await import('./commands.ts');
      settle(await snapshot(await target(), { level, rule, backend, rate, after, yes, json: jsonOf(command) }));
    });
};
