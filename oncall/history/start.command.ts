import type { Command } from 'commander';
import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';

export const defineStart: Define = (history, { target, settle }) => {
  history
    .command('start')
    .summary('enter the states that are older than the history')
    .description(
      'After an upgrade from a release without a history: enters each state that the table has and the history lacks as a first record with the source "import", through the queue, and records since when the history is complete. A new installation needs no start. May be repeated. A dry run, unless you add --yes.',
    )
    .option('--yes', 'enter the states', false)
    .option('--even-if-edited', 'call the history complete although items were edited and are not entered', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `
Needs the policies View, Audit and Import. Exit status: 1 if the history is not complete.

Examples:
  ${CALLED} history start
  ${CALLED} history start --yes --stack FractalWebhooks`,
    )
    .action(async ({ yes, evenIfEdited }: { readonly yes: boolean; readonly evenIfEdited: boolean }, command: Command) => {
      // The parser takes --json for the option of `history`.
      const { json } = command.optsWithGlobals<{ readonly json: boolean }>();
      const { enterStates } = await import('./start.ts');
      settle(await enterStates(await target(), { yes, json, evenIfEdited }));
    });
};
