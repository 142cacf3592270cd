import { format } from 'node:util';
import { EXIT, explainError } from '../../oncall/failure.ts';

/** Calls the action of a command in this process. @returns what a person sees of it */
export const printed = async (act: () => Promise<number> | number) => {
  const { log, error } = console;
  const own = { stdout: '', stderr: '' };
  console.log = (...args: unknown[]) => {
    own.stdout += `${format(...args)}\n`;
  };
  console.error = (...args: unknown[]) => {
    own.stderr += `${format(...args)}\n`;
  };
  try {
    return { status: await act(), ...own };
  } catch (thrown) {
    return { status: EXIT.couldNotRun, ...own, stderr: `${own.stderr}error: ${explainError(thrown)}\n` };
  } finally {
    Object.assign(console, { log, error });
  }
};
