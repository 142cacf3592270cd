import { callCommand, runCommand } from './command-line.ts';
import type { RunningStack } from './running-stack.ts';

interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'wrong' | 'unknown' | 'skipped';
  readonly says: string;
  readonly remedy?: string;
}

/**
 * Runs `doctor --json` against a local stack.
 *
 * @param env runs the command in a process of its own, with these variables
 */
export const runDoctor = async (stack: RunningStack, args: readonly string[] = [], env?: Record<string, string>) => {
  const command = ['doctor', '--json', '--stack-file', stack.stackFile, ...args];
  const { status, stdout } = await (env ? runCommand(command, env) : callCommand(command));
  const findings = stdout
    .trim()
    .split('\n')
    .map((line): Finding => JSON.parse(line));
  return { status, findings, wrong: findings.filter(({ result }) => result !== 'ok') };
};
