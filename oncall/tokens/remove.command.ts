import { Argument } from 'commander';
import type { Define } from '../define.ts';
import { UNKNOWN } from './entry.ts';
import { helpAfter, TYPE_HELP, TYPES, YES_HELP } from './options.ts';

export const defineRemove: Define = (tokens, { target, settle }) => {
  tokens
    .command('remove')
    .summary('remove all tokens of a type')
    .description('Removes all tokens of a type: its deliveries are then verified with the tokens of all. Asks for confirmation.')
    .addArgument(
      new Argument('<type>', `${TYPE_HELP}, or ${UNKNOWN} for the entries that this release does not know`).choices([
        ...TYPES,
        UNKNOWN,
      ]),
    )
    .option('--yes', YES_HELP, false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', helpAfter('remove email_changed', `remove ${UNKNOWN} --yes --stack FractalWebhooks`))
    .action(async (type: string, options) => {
      const { removeTokens } = await import('./commands.ts');
      settle(await removeTokens(await target(), type, options));
    });
};
