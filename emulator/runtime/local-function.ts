import { setTimeout as wait } from 'node:timers/promises';
import { type FunctionCode, type FunctionProcess, startFunctionProcess } from './function-process.ts';

// Lambda would start many more. This is enough to keep one hanging delivery from blocking the others.
const PROCESSES_AT_MOST = 20;
const PAUSE_AFTER_FAILED_START_MS = 250;

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
  const waiting: ((process: FunctionProcess) => void)[] = [];
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
    start().catch(async (error) => {
      onLine(String(error));
      await wait(PAUSE_AFTER_FAILED_START_MS);
      if (waiting.length > 0) startAnother();
    });
  };

  const offer = (process: FunctionProcess): void => {
    if (!alive.has(process)) return;
    const next = waiting.shift();
    if (next) next(process);
    else idle.push(process);
  };

  const acquire = (): Promise<FunctionProcess> => {
    for (let process = idle.pop(); process; process = idle.pop()) {
      if (alive.has(process)) return Promise.resolve(process);
    }
    const acquired = new Promise<FunctionProcess>((resolve) => waiting.push(resolve));
    startAnother();
    return acquired;
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
