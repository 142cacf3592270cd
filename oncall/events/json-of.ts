import type { Command } from 'commander';

/** The option `--json`. The parent command has the same option, and its parser takes it. */
export const jsonOf = (command: Command): boolean => Boolean(command.optsWithGlobals().json);
