import { type FunctionCode, type FunctionProcess, startFunctionProcess } from './function-process.ts';

// Lambda would start many more. This is enough to keep one hanging delivery from blocking the others.
const PROCESSES_AT_MOST = 20;

/** A function with a process for each concurrent invocation, up to a limit. Processes that die are replaced. */
export interface LocalFunction {
  readonly code: FunctionCode;
  /**
   * @param onBegun called when the event is sent to a process, with a function that kills the process
   * @throws Error if the invocation failed
   */
  invoke(event: unknown, onBegun?: (kill: () => Promise<void>) => void): Promise<unknown>;
  /** The processes that are idle or busy. */
  pids(): number[];
  stop(): Promise<void>;
}

/**
 * Starts the function's first process. If it is `rarely` invoked, the first invocation starts it.
 *
 * @throws Error if its bundle can't be loaded
 */
export const startFunction = async (
  code: FunctionCode,
  onLine: (line: string) => void,
  rarely: boolean,
): Promise<LocalFunction> => {
  const alive = new Set<FunctionProcess>();
  const idle: FunctionProcess[] = [];
  const waiting: PromiseWithResolvers<FunctionProcess>[] = [];
  let starting = 0;
  let stopped = false;

  const start = async (): Promise<void> => {
    starting += 1;
    const process = await startFunctionProcess(code, onLine).finally(() => {
      starting -= 1;
    });
    if (stopped) return process.kill();
    alive.add(process);
    process.exited.then(() => {
      alive.delete(process);
      if ((alive.size === 0 && !rarely) || waiting.length > 0) startAnother();
    });
    offer(process);
  };

  const startAnother = (): void => {
    if (stopped || alive.size + starting >= PROCESSES_AT_MOST) return;
    start().catch((error) => {
      onLine(String(error));
      // As on Lambda, an invocation fails if its process does not start.
      if (alive.size + starting === 0)
        for (const { reject } of waiting.splice(0)) reject(new Error(`${code.name} did not start`));
    });
  };

  const offer = (process: FunctionProcess): void => {
    if (!alive.has(process)) return;
    const next = waiting.shift();
    if (next) next.resolve(process);
    else idle.push(process);
  };

  const acquire = (): Promise<FunctionProcess> => {
    for (let process = idle.pop(); process; process = idle.pop()) {
      if (alive.has(process)) return Promise.resolve(process);
    }
    const acquired = Promise.withResolvers<FunctionProcess>();
    waiting.push(acquired);
    startAnother();
    return acquired.promise;
  };

  if (!rarely) await start();
  return {
    code,
    invoke: async (event, onBegun) => {
      const process = await acquire();
      try {
        onBegun?.(process.kill);
        return await process.invoke(event);
      } finally {
        offer(process);
      }
    },
    pids: () => [...alive].map(({ pid }) => pid),
    stop: async () => {
      stopped = true;
      await Promise.all([...alive].map((process) => process.kill()));
    },
  };
};
