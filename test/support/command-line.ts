import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';

/** The file behind `npm run oncall`. */
export const ONCALL = join(resolve(import.meta.dirname, '../..'), 'oncall/fractal-webhooks.cjs');

/** Runs `fractal-webhooks` with these arguments, as a person would, without a terminal. */
export const runCommand = async (args: readonly string[], env: Record<string, string> = {}, file = ONCALL) => {
  const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [status] = await once(child, 'close');
  return { status: status as number, stdout, stderr };
};
