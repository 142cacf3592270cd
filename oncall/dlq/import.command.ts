import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';

export const defineImport: Define = (dlq, { target, settle }) => {
  dlq
    .command('import')
    .summary('put dropped messages back')
    .description(
      'Reads a file that drop wrote, and puts its messages back on the dead-letter queue, except those that are already there. Their retention period starts again. A dry run, unless you add --yes.',
    )
    .argument('<file>', 'the file that drop wrote')
    .option('--yes', 'put the messages back', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `\nExit status: 0 done; 1 some messages could not be put back.\n\nExamples:\n  ${CALLED} dlq import dropped-2026-11-23T02-15-00.000Z.jsonl\n  ${CALLED} dlq import dropped.jsonl --yes`,
    )
    .action(async (file: string, options) => {
      const { importLetters } = await import('./commands.ts');
      settle(await importLetters(await target(), file, options));
    });
};
