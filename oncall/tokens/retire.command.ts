import { Argument } from 'commander';
import type { Define } from '../define.ts';
import { helpAfter, TYPE_HELP, TYPES, YES_HELP } from './options.ts';

export const defineRetire: Define = (tokens, { target, settle }) => {
  tokens
    .command('retire')
    .summary('end a rotation: remove all tokens of a type but the newest')
    .description(
      'Removes all tokens of a type but the newest. Fractal retries a delivery for days: wait until those that were signed with a former token have arrived. Asks for confirmation.',
    )
    .addArgument(new Argument('<type>', TYPE_HELP).choices(TYPES))
    .option('--yes', YES_HELP, false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', helpAfter('retire all', 'retire email_changed --yes --stack FractalWebhooks'))
    .action(async (type: string, options) => {
      const { retireTokens } = await import('./commands.ts');
      settle(await retireTokens(await target(), type, options));
    });
};
