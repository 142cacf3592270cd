import { jest } from '@jest/globals';

/** Keeps this process running where a command would end it. @returns the exit statuses */
export const keepRunning = (): number[] => {
  const statuses: number[] = [];
  jest.spyOn(process, 'exit').mockImplementation(((status: number) => void statuses.push(status)) as never);
  return statuses;
};

/** Interrupts the command that runs in this process, as Ctrl-C does. @returns what it prints at once */
export const interrupt = (): string => {
  let printed = '';
  const { write } = process.stderr;
  process.stderr.write = ((chunk: string) => {
    printed += chunk;
    return true;
  }) as typeof write;
  try {
    process.emit('SIGINT');
  } finally {
    process.stderr.write = write;
  }
  return printed;
};
