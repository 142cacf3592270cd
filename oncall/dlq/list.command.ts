import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { whole } from '../whole.ts';

export const defineList: Define = (dlq, { target, settle }) => {
  dlq
    .command('list')
    .summary('list all messages, by cause and one by one')
    .description(
      'Lists all messages with their type, why they are here, when they expire, and what redriving them now would do. Changes nothing.',
    )
    .option('--limit <n>', 'how many messages to list one by one', whole, 20)
    .option('--reveal', 'show full e-mail addresses', false)
    .option('--json', 'print all messages as JSON', false)
    .addHelpText(
      'after',
      `\nExit status: 0 the queue is empty; 1 it is not.\n\nExamples:\n  ${CALLED} dlq list\n  ${CALLED} dlq list --json | jq -r ".[].cause" | sort | uniq -c`,
    )
    .action(async (options) => {
      const { listLetters } = await import('./commands.ts');
      settle(await listLetters(await target(), options));
    });
};
