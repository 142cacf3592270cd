/** The environment variable of a stack that a test has started: it ends when its standard input does. */
export const ENDS_WITH_STDIN = 'FRACTAL_WEBHOOKS_ENDS_WITH_STDIN';

/** Whether a test has started this stack. */
export const isOfTest = (): boolean => process.env[ENDS_WITH_STDIN] !== undefined;

/** Calls `tell` when the process that has started this one ends, also if it is killed: the operating system then closes the pipe. */
export const onEndOfParent = (tell: () => void): void => {
  if (!isOfTest()) return;
  process.stdin.on('close', tell).on('error', tell).resume();
};
