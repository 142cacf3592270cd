import { EXIT } from './failure.ts';
import { run } from './program.ts';

let isLost = false;

process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  // The reader may close the pipe early, as `head` does. The command still finishes its work.
  if (code === 'EPIPE' || isLost) return;
  isLost = true;
  process.exitCode = EXIT.couldNotRun;
  console.error(`error: The output can't be written: ${code === 'ENOSPC' ? 'no space is left' : message}.`);
});

// No top-level await, because the bundle is CommonJS.
run(process.argv.slice(2)).then((status) => {
  if (!isLost) process.exitCode = status;
});
