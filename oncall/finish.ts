const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Delays the first signal until this is disposed of, so that work in progress can finish. A second signal exits at once.
 *
 * @param what must be finished first, as the end of a sentence for the user: "the test user is deleted"
 * @param hurry called on the first signal
 */
export const finishFirst = (what: string, hurry = () => {}): Disposable => {
  let status: number | undefined;
  const handlers = Object.entries(SIGNALS).map(([signal, code]) => {
    const handle = () => {
      if (status !== undefined) process.exit(code);
      status = code;
      console.error(`Stopping as soon as ${what}. Interrupt again to stop now.`);
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

/** Shows on a terminal what the command is waiting for. */
export const waitingFor = (what: string): void => {
  if (process.stderr.isTTY) console.error(`       waiting for ${what} …`);
};
