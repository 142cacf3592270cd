import { Argument } from 'commander';
import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { TOKEN_HELP, TYPE_HELP, TYPES, YES_HELP } from './options.ts';

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
    .addHelpText(
      'after',
      `
Exit status: 1 if the secret was changed by someone else at the same time.

Examples:
  ${CALLED} tokens set all
  ${CALLED} tokens set email_changed --file token.txt --yes --stack FractalWebhooks`,
    )
    .action(async (type: string, options) => {
      const { setToken } = await import('./commands.ts');
      settle(await setToken(await target(), type, options));
    });
};
