import { CALLED } from './called.ts';
import type { Define } from './define.ts';

export const defineImportStates: Define = (program, { target, settle }) => {
  program
    .command('import-states')
    .summary("import another receiver's state")
    .description(
      'Reads a file with one notification per line, in the format of Fractal, and applies each by the rule of the table: newer items in the table stay. A line with an e-mail address also needs received_at, the time when you received the address. A dry run, unless you add --yes, compares the file with the table.',
    )
    .argument(
      '<file>',
      'JSON Lines, such as {"type":"verification_approved","data":{"user_id":"42","level":"plus","timestamp":"2026-11-25T08:00:00Z"}}',
    )
    .option('--yes', 'write to the table', false)
    .option('--json', 'print JSON, one line per state', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if a line was not understood or could not be written.

Examples:
  ${CALLED} import-states states.jsonl
  ${CALLED} import-states states.jsonl --yes --stack FractalWebhooks`,
    )
    .action(async (file: string, options) => {
      const { importStates } = await import('./import-states.ts');
      settle(await importStates(await target(), file, options));
    });
};
