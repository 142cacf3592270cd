import { run } from './program.ts';

// The reader may close the pipe early, as `head` does. The command still finishes its work.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// No top-level await, because the bundle is CommonJS.
run(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
