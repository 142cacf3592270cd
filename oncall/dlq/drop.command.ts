import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { selecting } from './selecting.ts';

export const defineDrop: Define = (dlq, { target, settle }) => {
  selecting(dlq.command('drop'))
    .summary('delete messages for good')
    .description(
      'Writes messages to a file, then deletes them for good. In a terminal, asks for confirmation. Otherwise it is a dry run unless you add --yes.',
    )
    .option('--export <file>', 'the file to write, one JSON line per message (default: dropped-<time>.jsonl)')
    .option('--yes', 'delete without asking', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `\nExit status: 0 done; 1 some messages could not be deleted or read.\n\nExamples:\n  ${CALLED} dlq drop --id 1c5c370c617a4c7d24555511\n  ${CALLED} dlq drop --reason not_json --older-than 7d --yes`,
    )
    .action(
      async ({ yes, json, export: file = `dropped-${new Date().toISOString().replaceAll(':', '-')}.jsonl`, ...selection }) => {
        const { drop } = await import('./commands.ts');
        settle(await drop(await target(), { selection, yes, json, export: file }));
      },
    );
};
