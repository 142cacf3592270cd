import { Argument, type Command } from 'commander';
import { NOTIFICATION_TYPES } from '../../functions/core/notification.ts';
import { CALLED } from '../called.ts';
import type { Target } from '../target.ts';
import { ALL, UNKNOWN } from './entry.ts';

const TYPES = [...NOTIFICATION_TYPES, ALL];
const TYPE_HELP = 'the type of notification, or all for every type without tokens of its own';
const TOKEN_HELP = 'read the token from this file (default: ask for it in a terminal, otherwise read standard input)';
const YES_HELP = 'write without asking for confirmation';

/** Adds `tokens` and its subcommands. */
export const addTokensCommand = (program: Command, target: () => Promise<Target>, settle: (status: number) => void): void => {
  const tokens = program
    .command('tokens')
    .summary("list, add, set and retire Fractal's tokens")
    .description(
      "Lists and changes the tokens in the secret, with which Fractal's signatures are verified. Tokens are never shown, and never read from an argument.",
    );

  tokens
    .command('list')
    .summary('list the tokens, by type')
    .description(
      'Lists the tokens of each type, newest first, with their form, and since when each is in the secret. Reads former versions of the secret. Changes nothing.',
    )
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if a type has no token, or a token cannot be Fractal's.

Examples:
  ${CALLED} tokens list
  ${CALLED} tokens list --json --stack FractalWebhooks`,
    )
    .action(async (options) => {
      const { listTokens } = await import('./commands.ts');
      settle(await listTokens(await target(), options));
    });

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

  tokens
    .command('retire')
    .summary('end a rotation: remove all tokens of a type but the newest')
    .description(
      'Removes all tokens of a type but the newest. Fractal retries a delivery for days: wait until those that were signed with a former token have arrived. Asks for confirmation.',
    )
    .addArgument(new Argument('<type>', TYPE_HELP).choices(TYPES))
    .option('--yes', YES_HELP, false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if the secret was changed by someone else at the same time.

Examples:
  ${CALLED} tokens retire all
  ${CALLED} tokens retire email_changed --yes --stack FractalWebhooks`,
    )
    .action(async (type: string, options) => {
      const { retireTokens } = await import('./commands.ts');
      settle(await retireTokens(await target(), type, options));
    });

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
    .addHelpText(
      'after',
      `
Exit status: 1 if the secret was changed by someone else at the same time.

Examples:
  ${CALLED} tokens remove email_changed
  ${CALLED} tokens remove ${UNKNOWN} --yes --stack FractalWebhooks`,
    )
    .action(async (type: string, options) => {
      const { removeTokens } = await import('./commands.ts');
      settle(await removeTokens(await target(), type, options));
    });
};
