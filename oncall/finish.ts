const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Puts the end of this process off until what is under way is finished: the first signal is heeded when this is disposed of, a second one
 * at once.
 *
 * @param what is being finished, in words for the person who wants it to end
 * @param hurry told of the first signal
 */
export const finishFirst = (what: string, hurry = () => {}): Disposable => {
  let status: number | undefined;
  const handlers = Object.entries(SIGNALS).map(([signal, code]) => {
    const handle = () => {
      if (status !== undefined) process.exit(code);
      status = code;
      console.error(`Ending as soon as ${what}; once more ends it now.`);
      hurry();
    };
    process.on(signal, handle);
    return [signal, handle] as const;
  });
  return {
    [Symbol.dispose]: () => {
      for (const [signal, handle] of handlers) process.off(signal, handle);
      if (status !== undefined) process.exit(status);
    },
  };
};

/** Says on a terminal what is being waited for. */
export const waitingFor = (what: string): void => {
  if (process.stderr.isTTY) console.error(`       waiting for ${what} …`);
};
