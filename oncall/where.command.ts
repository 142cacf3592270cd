import { CALLED } from './called.ts';
import type { Define } from './define.ts';

export const defineWhere: Define = (program, { target, settle }) => {
  program
    .command('where')
    .summary('show the names of all parts, with links')
    .description(
      "Shows the names of the stack's dashboard, table, queues, log groups and other parts, with links to the AWS console.",
    )
    .option('--json', 'print JSON', false)
    .addHelpText('after', `\nExamples:\n  ${CALLED} where --stack FractalWebhooks`)
    .action(async (options) => {
      const { showWhere } = await import('./where.ts');
      settle(showWhere(await target(), options));
    });
};
