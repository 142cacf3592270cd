const END_WITHIN_MS = 4_500;

/** Ends the process after disposing `begun`, on a signal such as Ctrl-C or when `end` is called. */
export interface Ending {
  readonly begun: AsyncDisposableStack;
  isNear(): boolean;
  end(status: number): Promise<void>;
}

export const createEnding = (): Ending => {
  const begun = new AsyncDisposableStack();
  let near = false;

  const end = async (status: number): Promise<void> => {
    if (near) return;
    near = true;
    const exit = () => process.exit(status);
    setTimeout(exit, END_WITHIN_MS);
    await begun.disposeAsync().finally(exit);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0));

  return { begun, isNear: () => near, end };
};
