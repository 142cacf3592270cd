import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { DOCUMENTED } from './notifications.ts';
import type { RunningStack } from './running-stack.ts';

/**
 * Runs a line of a page as a user types it, in the project's folder, against the local stack as if it were deployed. A command
 * that asks for a token gets the one from Fractal's documentation.
 */
export const runTyped = (stack: RunningStack, line: string): Promise<{ readonly status: number; readonly stderr: string }> => {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: stack.awsEndpointUrl,
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
  };
  return new Promise((done) => {
    const child = execFile('sh', ['-c', line], { cwd: resolve(import.meta.dirname, '../..'), env }, (error, _, stderr) =>
      done({ status: Number(error?.code ?? 0), stderr }),
    );
    // The command may end without reading it.
    child.stdin?.on('error', () => {}).end(DOCUMENTED.token);
  });
};
