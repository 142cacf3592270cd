import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { whole } from '../whole.ts';

export const defineWatch: Define = (dlq, { target, settle }) => {
  dlq
    .command('watch')
    .summary('watch the counts, age and growth live')
    .description(
      'Shows the counts per cause, the age of the oldest message, the growth per minute, and the length of the main queue. Refreshes until you stop it.',
    )
    .option('--every <seconds>', 'seconds between two refreshes', whole, 10)
    .option('--times <n>', 'stop after this many refreshes', whole)
    .option('--json', 'print JSON, one line per refresh', false)
    .addHelpText('after', `\nExamples:\n  ${CALLED} dlq watch --every 5`)
    .action(async ({ every, times, json }) => {
      const { watch } = await import('./commands.ts');
      settle(await watch(await target(), { every, times, json }));
    });
};
