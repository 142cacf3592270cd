import { Argument } from 'commander';
import type { Define } from '../define.ts';
import { helpAfter, TOKEN_HELP, TYPE_HELP, TYPES } from './options.ts';

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
    .addHelpText('after', helpAfter('add all', 'add email_changed --file token.txt --stack FractalWebhooks'))
    .action(async (type: string, options) => {
      const { addToken } = await import('./commands.ts');
      settle(await addToken(await target(), type, options));
    });
};
