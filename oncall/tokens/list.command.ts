import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';

export const defineList: Define = (tokens, { target, settle }) => {
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
};
