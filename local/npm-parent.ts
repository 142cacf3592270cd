import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const LOOK_EVERY_MS = 500;
// The scripts that npm runs in this project and in projects with the package.
const OURS = /local\/start\.ts|fractal-webhooks-local/;

/**
 * Calls `tell` when the npm process that runs this process ends. Without npm, it is never called. On a signal, npm ends
 * before the program that it runs, and so does the shell between the two: the program may not get the signal.
 */
export const onEndOfNpm = async (tell: () => void): Promise<void> => {
  const { npm_lifecycle_script: script = '' } = process.env;
  // Other scripts of npm, such as tests, pass their environment on to their children.
  if (!OURS.test(script)) return;
  const above = await upToNpm(process.ppid, script);
  const timer = setInterval(() => {
    if (above.every(isAlive)) return;
    clearInterval(timer);
    tell();
  }, LOOK_EVERY_MS);
  timer.unref();
};

/** The ancestors up to npm, from this pid. Processes above npm are left out: they may end. */
const upToNpm = async (pid: number, script: string): Promise<number[]> => {
  const shown = await promisify(execFile)('ps', ['-ww', '-o', 'ppid=,args=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  const [, parent, command = ''] = /^\s*(\d+) (.*)/.exec(shown.stdout) ?? [];
  if (command.includes(`-c ${script}`)) return [pid, Number(parent)];
  if (OURS.test(command)) return [pid, ...(await upToNpm(Number(parent), script))];
  return [pid];
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: alive, but of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
