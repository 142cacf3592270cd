import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { format } from 'node:util';

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

const written = new AsyncLocalStorage<{ stdout: string; stderr: string }>();

/** Redirects the output of this process to the caller of the command. */
const capture = (): void => {
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = process[name];
    const write = stream.write.bind(stream);
    stream.write = ((chunk: string, ...more: never[]) => {
      const own = written.getStore();
      if (!own) return write(chunk, ...more);
      own[name] += chunk;
      return true;
    }) as typeof stream.write;
  }
  console.log = (...args: unknown[]) => void process.stdout.write(`${format(...args)}\n`);
  console.error = (...args: unknown[]) => void process.stderr.write(`${format(...args)}\n`);
};

let program: Promise<typeof import('../../oncall/program.ts')> | undefined;

/**
 * Calls a command in this process, where `runCommand` starts a new one. Use it where starting many processes would be slow.
 *
 * @param env applies to all later commands of this file
 */
export const callCommand = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  // The command name in the commands that it suggests.
  process.argv[1] = ONCALL;
  program ??= import('../../oncall/program.ts').then((loaded) => {
    capture();
    return loaded;
  });
  const { run } = await program;
  Object.assign(process.env, env);
  const own = { stdout: '', stderr: '' };
  const status = await written.run(own, () => run(args));
  return { status, ...own };
};
