import { run } from './program.ts';

// Who reads may have seen enough, as `head` has. What is under way is finished all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// Where nothing is awaited at the top, since the bundle is CommonJS.
run(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
