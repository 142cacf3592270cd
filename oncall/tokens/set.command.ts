import { Argument } from 'commander';
import type { Define } from '../define.ts';
import { helpAfter, TOKEN_HELP, TYPE_HELP, TYPES, YES_HELP } from './options.ts';

export const defineSet: Define = (tokens, { target, settle }) => {
  tokens
    .command('set')
    .summary('store the only token of a type')
    .description(
      'Makes a token the only one of a type. If this replaces tokens, it says which deliveries will be refused, and asks for confirmation.',
    )
    .addArgument(new Argument('<type>', TYPE_HELP).choices(TYPES))
    .option('--file <file>', TOKEN_HELP)
    .option('--yes', YES_HELP, false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', helpAfter('set all', 'set email_changed --file token.txt --yes --stack FractalWebhooks'))
    .action(async (type: string, options) => {
      const { setToken } = await import('./commands.ts');
      settle(await setToken(await target(), type, options));
    });
};
