import { type FunctionCode, type FunctionProcess, startFunctionProcess } from './function-process.ts';

// Lambda would start many more; these are enough that one hanging delivery does not hold up the others.
const PROCESSES_AT_MOST = 8;

/** A function with as many processes as it needs at once, up to a limit. A process that dies is replaced. */
export interface LocalFunction {
  readonly code: FunctionCode;
  /** @throws Error if the invocation failed; which message it has does not matter to Lambda's callers. */
  invoke(event: unknown): Promise<unknown>;
  pids(): number[];
  stop(): Promise<void>;
}

/** Starts the function's first process. @throws Error if its bundle can't be loaded. */
export const startFunction = async (code: FunctionCode, onLine: (line: string) => void): Promise<LocalFunction> => {
  const alive = new Set<FunctionProcess>();
  const idle: FunctionProcess[] = [];
  const waiting: ((process: FunctionProcess) => void)[] = [];
  let starting = 0;
  let stopped = false;

  const offer = (process: FunctionProcess): void => {
    if (!alive.has(process)) return;
    const next = waiting.shift();
    if (next) next(process);
    else idle.push(process);
  };

  const start = async (): Promise<void> => {
    starting += 1;
    try {
      let exited = false;
      let self: FunctionProcess | undefined;
      self = await startFunctionProcess(code, onLine, () => {
        exited = true;
        if (self) replace(self);
      });
      if (stopped) return self.kill();
      if (exited) return;
      alive.add(self);
      offer(self);
    } finally {
      starting -= 1;
    }
  };

  const replace = (dead: FunctionProcess): void => {
    alive.delete(dead);
    const index = idle.indexOf(dead);
    if (index >= 0) idle.splice(index, 1);
    if (!stopped && (alive.size + starting === 0 || waiting.length > 0)) startInBackground();
  };

  const startInBackground = (): void => {
    start().catch((error) => onLine(String(error)));
  };

  const acquire = (): Promise<FunctionProcess> => {
    const process = idle.pop();
    if (process) return Promise.resolve(process);
    const acquired = new Promise<FunctionProcess>((resolve) => waiting.push(resolve));
    if (alive.size + starting < PROCESSES_AT_MOST) startInBackground();
    return acquired;
  };

  await start();
  return {
    code,
    invoke: async (event) => {
      const process = await acquire();
      try {
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
