import type { Command } from 'commander';
import type { Target } from './target.ts';

/** What the action of a command needs from the program. */
export interface Running {
  /** Finds the stack that the command works on. */
  target(): Promise<Target>;
  /** Receives the exit status. */
  settle(status: number): void;
}

/** Adds a command to the program, or to the command that groups it. Its action loads its modules when it runs. */
export type Define = (parent: Command, running: Running) => void;
