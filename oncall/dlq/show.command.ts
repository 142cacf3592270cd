import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';

export const defineShow: Define = (dlq, { target, settle }) => {
  dlq
    .command('show')
    .summary('show one message in full')
    .description(
      'Shows one message in full: its body as received, the item that it concerns, and a CloudWatch Logs Insights query that finds its log lines.',
    )
    .argument('<id>', 'the delivery id or SQS message id')
    .option('--reveal', 'show full e-mail addresses', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', `\nExamples:\n  ${CALLED} dlq show 1c5c370c617a4c7d24555511`)
    .action(async (id: string, options) => {
      const { showLetter } = await import('./commands.ts');
      settle(await showLetter(await target(), id, options));
    });
};
