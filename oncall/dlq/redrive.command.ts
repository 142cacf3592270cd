import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { whole } from '../whole.ts';
import { selecting } from './selecting.ts';

export const defineRedrive: Define = (dlq, { target, settle }) => {
  selecting(dlq.command('redrive'))
    .summary('send messages back to the main queue')
    .description(
      'Sends messages back to the main queue, then deletes them from the dead-letter queue. Skips messages that would fail again. A dry run, unless you add --yes.',
    )
    .option('--yes', 'send the messages', false)
    .option('--even-if-failing', 'also send messages that are still not understood or would fail again', false)
    .option('--rate <n>', 'at most this many messages per second', whole, 100)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `\nExit status: 0 done; 1 some messages could not be sent or read.\n\nExamples:\n  ${CALLED} dlq redrive --would-apply\n  ${CALLED} dlq redrive --reason "gave up" --rate 50 --yes`,
    )
    .action(async ({ yes, evenIfFailing, rate, json, ...selection }) => {
      const { redrive } = await import('./commands.ts');
      settle(await redrive(await target(), { selection, yes, evenIfFailing, rate, json }));
    });
};
