import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { functionArn } from '../account.ts';
import type { Invocation, Reply } from './worker.ts';

export interface FunctionCode {
  readonly name: string;
  /** The folder of the bundled asset. */
  readonly folder: string;
  /** `file.export`, as in the template. */
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMiB: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Begins the trace of an invocation, if the function is traced. @returns its header */
  readonly beginTrace: ((event: unknown) => string) | undefined;
}

/** One process of a function: like an execution environment of Lambda, it serves one event at a time. */
export interface FunctionProcess {
  /** @throws Error if the handler throws, the process dies, or the time limit passes, which kills the process. */
  invoke(event: unknown): Promise<unknown>;
  readonly pid: number;
  /** Fulfilled when the process has ended, however that came. */
  readonly exited: Promise<void>;
  /** Ends it at once, and returns when it has ended. */
  kill(): Promise<void>;
}

// Beside this file, which is TypeScript or what was made of it.
const WORKER = join(import.meta.dirname, `worker${extname(import.meta.filename)}`);

/** Starts a process and waits until its bundle is loaded. @throws Error with what it wrote to stderr if it dies before. */
export const startFunctionProcess = async (
  { name, folder, handler, timeoutMs, memoryMiB, environment, beginTrace }: FunctionCode,
  onLine: (line: string) => void,
): Promise<FunctionProcess> => {
  const child = fork(WORKER, [folder, handler], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, TZ: ':UTC', ...environment },
    execArgv: [`--max-old-space-size=${memoryMiB}`, '--disable-warning=ExperimentalWarning'],
    detached: true, // Ctrl-C reaches the local stack alone, which then ends its functions in its turn
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let complaint = '';
  let loaded = false;
  forEachLine(child.stdout, onLine);
  forEachLine(child.stderr, (line) => {
    if (loaded) onLine(line);
    else complaint += `${line}\n`;
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));

  const reply = await nextReply(child);
  loaded = true;
  if (reply?.kind !== 'ready') throw new Error(`${name} does not start:\n${complaint.trim() || 'it ended before it was ready'}`);

  return {
    pid: child.pid as number,
    exited,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    invoke: async (event) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      const trace = beginTrace && { trace: beginTrace(event) };
      const invocation: Invocation = {
        requestId: randomUUID(),
        functionArn: functionArn(name),
        deadline: Date.now() + timeoutMs,
        ...trace,
        event,
      };
      // A process that died meanwhile can't be sent anything; its exit is the reply.
      child.send(invocation, () => {});
      const answer = await nextReply(child);
      clearTimeout(timer);
      if (answer?.kind === 'result') return answer.result;
      throw new Error(`${name}: ${answer?.kind === 'error' ? answer.error : 'the process ended, or ran out of time'}`);
    },
  };
};

/** The next reply of the process, or `undefined` if it ends before. */
const nextReply = (child: ChildProcess): Promise<Reply | undefined> =>
  new Promise((resolve) => {
    const settle = (reply?: Reply) => {
      child.off('message', settle).off('close', ended);
      resolve(reply);
    };
    const ended = () => settle();
    child.on('message', settle).on('close', ended);
    if (child.exitCode !== null || child.signalCode !== null) settle();
  });

const forEachLine = (stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void => {
  if (stream) createInterface({ input: stream }).on('line', onLine);
};
