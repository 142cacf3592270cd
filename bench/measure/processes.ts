import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { REGION } from '../../emulator/aws/account.ts';
import type { Implementation } from '../implementations.ts';
import type { Stand } from '../stand.ts';

const FOLDER = join(import.meta.dirname, '../process');

// The environment variables of Lambda. Traces are off (Sampled=0) for all implementations.
const LAMBDA = {
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  AWS_LAMBDA_FUNCTION_VERSION: '1',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  LAMBDA_TASK_ROOT: '/var/task',
  AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
  AWS_XRAY_CONTEXT_MISSING: 'IGNORE_ERROR',
  _X_AMZN_TRACE_ID: 'Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0',
};

/** The process of a measured handler. */
export interface Measured {
  readonly child: ChildProcess;
  /** The bytes of its logs so far: standard output and error. */
  logged(): number;
}

export const spawnMeasured = (
  script: 'cold' | 'loaded' | 'network' | 'warm',
  handler: string,
  { env }: Pick<Implementation, 'env'>,
  stand: Stand,
  event?: unknown,
): Measured => {
  const child = fork(join(FOLDER, `${script}.mjs`), [handler], {
    env: { PATH: process.env.PATH, ...LAMBDA, ...stand, ...env, ...(event !== undefined && { EVENT: JSON.stringify(event) }) },
    // The flags of Lambda's runtime for 512 MB.
    execArgv: ['--max-old-space-size=460', '--max-semi-space-size=25'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let logged = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      logged += chunk.length;
      last.set(child, chunk);
    });
  }
  return { child, logged: () => logged };
};

const last = new WeakMap<ChildProcess, Buffer>();

/** The next message of a process. @throws Error if it exits before */
export const nextMessage = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    const ended = (status: number | null) => {
      child.off('message', answered);
      reject(new Error(`${child.spawnargs.slice(1).join(' ')} exited with ${status}: ${last.get(child)}`));
    };
    const answered = (message: unknown) => {
      child.off('exit', ended);
      resolve(message as T);
    };
    child.once('message', answered).once('exit', ended);
  });
