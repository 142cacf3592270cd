import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { functionArn } from '../aws/account.ts';
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
  /** Whether an error that its handler throws is logged with its stack. Lambda logs it in both formats, the local stack only in text. */
  readonly logsErrors: boolean;
  /** The ARN of the queue that takes the events on which it failed, if it has one. */
  readonly deadLetterQueueArn: string | undefined;
  /** Begins the trace of an invocation; `undefined` if tracing is off. @returns the trace header */
  readonly beginTrace: ((event: unknown) => string) | undefined;
}

/** A process of a function. Like an execution environment of Lambda, it handles one event at a time. */
export interface FunctionProcess {
  /** @throws Error if the handler throws, the process dies, or the invocation times out, which kills the process */
  invoke(event: unknown): Promise<unknown>;
  readonly pid: number;
  /** Resolves when the process has ended for any reason. */
  readonly exited: Promise<void>;
  /** Kills the process, and resolves when it has ended. */
  kill(): Promise<void>;
}

// This file is TypeScript, or bundled JavaScript in the package.
const WORKER = join(import.meta.dirname, `worker${extname(import.meta.filename)}`);

/** Starts a process and waits until its bundle is loaded. @throws Error with its stderr if it dies before */
export const startFunctionProcess = async (
  { name, folder, handler, timeoutMs, memoryMiB, environment, logsErrors, beginTrace }: FunctionCode,
  onLine: (line: string) => void,
): Promise<FunctionProcess> => {
  const child = fork(WORKER, [folder, handler], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, TZ: ':UTC', ...environment },
    execArgv: [`--max-old-space-size=${memoryMiB}`, '--disable-warning=ExperimentalWarning'],
    detached: true, // Ctrl-C reaches the local stack only, which then stops its functions
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
  if (reply?.kind !== 'ready')
    throw new Error(`${name} did not start:\n${complaint.trim() || 'the process ended before it was ready'}`);

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
      // Ignores errors: sending to a process that has died fails, and nextReply returns undefined.
      child.send(invocation, () => {});
      const answer = await nextReply(child);
      clearTimeout(timer);
      if (answer?.kind === 'result') return answer.result;
      if (answer?.kind === 'error' && logsErrors) for (const line of answer.stack.split('\n')) onLine(line);
      throw new Error(`${name}: ${answer?.kind === 'error' ? answer.error : 'the process ended or timed out'}`);
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
