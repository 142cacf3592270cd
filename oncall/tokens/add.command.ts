import { Argument } from 'commander';
import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { TOKEN_HELP, TYPE_HELP, TYPES } from './options.ts';

export const defineAdd: Define = (tokens, { target, settle }) => {
  tokens
    .command('add')
    .summary('start a rotation: put a new token in front of the others')
    .description(
      'Puts a new token in front of the others of a type. Deliveries signed with the others are still accepted: those of a type without tokens of its own also keep the tokens of all.',
    )
    .addArgument(new Argument('<type>', TYPE_HELP).choices(TYPES))
    .option('--file <file>', TOKEN_HELP)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if the secret was changed by someone else at the same time.

Examples:
  ${CALLED} tokens add all
  ${CALLED} tokens add email_changed --file token.txt --stack FractalWebhooks`,
    )
    .action(async (type: string, options) => {
      const { addToken } = await import('./commands.ts');
      settle(await addToken(await target(), type, options));
    });
};
