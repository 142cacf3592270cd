import type { Define } from '../define.ts';
import { defineAdd } from './add.command.ts';
import { defineList } from './list.command.ts';
import { defineRemove } from './remove.command.ts';
import { defineRetire } from './retire.command.ts';
import { defineSet } from './set.command.ts';

export const defineTokens: Define = (program, running) => {
  const tokens = program
    .command('tokens')
    .summary("list, add, set and retire Fractal's tokens")
    .description(
      "Lists and changes the tokens in the secret, with which Fractal's signatures are verified. Tokens are never shown, and never read from an argument.",
    );
  for (const define of [defineList, defineAdd, defineSet, defineRetire, defineRemove]) define(tokens, running);
};
