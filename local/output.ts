import { styleText } from 'node:util';

/** Says on stderr what a person should know. */
export const complain = (kind: 'error' | 'warning', text: string): void =>
  console.error(`${styleText('red', `${kind}:`, { stream: process.stderr })} ${text}`);

/** Has the process go on where its output leads nowhere any more: its disk is full, or its reader has gone. That is said once. */
export const surviveLostOutput = (): void => {
  let said = false;
  process.stderr.on('error', () => {});
  process.stdout.on('error', ({ message }) => {
    if (!said) complain('warning', `What arrives can not be told on stdout: ${message}. The stack goes on without it.`);
    said = true;
  });
};
