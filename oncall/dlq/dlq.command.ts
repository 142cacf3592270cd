import type { Define } from '../define.ts';
import { defineDrop } from './drop.command.ts';
import { defineImport } from './import.command.ts';
import { defineList } from './list.command.ts';
import { defineRedrive } from './redrive.command.ts';
import { defineShow } from './show.command.ts';
import { defineWatch } from './watch.command.ts';

export const defineDlq: Define = (program, running) => {
  const dlq = program
    .command('dlq')
    .summary('list, redrive, drop and import dead letters')
    .description(
      'Lists, redrives, drops and imports dead letters: messages that were parked because they were not understood, and messages that apply gave up on.',
    );
  for (const define of [defineList, defineShow, defineRedrive, defineDrop, defineImport, defineWatch]) define(dlq, running);
};
