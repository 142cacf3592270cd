import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const LOOK_EVERY_MS = 500;
// What npm runs, in this project or where its package is installed.
const OURS = /local\/start\.ts|fractal-webhooks-local/;

/**
 * Tells when the npm ends that runs this, as `npm start` or as a program of an installed package; never, if none does. npm ends at a
 * signal before what it runs does: it hands the signal to a shell between the two, if it can, and that ends alone as well.
 */
export const onEndOfNpm = async (tell: () => void): Promise<void> => {
  const { npm_lifecycle_script: script = '' } = process.env;
  // Others that npm runs, such as tests, hand their environment on to what they start.
  if (!OURS.test(script)) return;
  const above = await upToNpm(process.ppid, script);
  const timer = setInterval(() => {
    if (above.every(isAlive)) return;
    clearInterval(timer);
    tell();
  }, LOOK_EVERY_MS);
  timer.unref();
};

/** The processes from this one, which runs the script or is npm itself, up to npm. Whoever started npm may end. */
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
    // A process of another user is one all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
