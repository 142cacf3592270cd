import { styleText } from 'node:util';

/** Prints an error or a warning on stderr. */
export const complain = (kind: 'error' | 'warning', text: string): void =>
  console.error(`${styleText('red', `${kind}:`, { stream: process.stderr })} ${text}`);

/** Keeps the process running when stdout fails, because the disk is full or the reader has gone. Warns once. */
export const surviveLostOutput = (): void => {
  let said = false;
  process.stderr.on('error', () => {});
  process.stdout.on('error', ({ message }) => {
    if (!said) complain('warning', `Deliveries cannot be printed on stdout: ${message}. The stack keeps running.`);
    said = true;
  });
};
