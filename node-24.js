import module, { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// Runs everything with the Node.js 24 that npm has installed. Plain JavaScript, because an older Node.js fails on TypeScript files with
// ERR_UNKNOWN_FILE_EXTENSION. npm 11 puts the installed Node.js first on the PATH; npm 10 does not.
const { arch, argv, execArgv, platform, versions } = process;

// Caches compiled code and stripped TypeScript; NODE_COMPILE_CACHE sets another folder.
module.enableCompileCache?.(fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)));

/** The executable that npm has installed for this platform, if any. */
const installed = () => {
  const [name, file] = platform === 'win32' ? ['win', 'node.exe'] : [platform, 'node'];
  const { resolve } = createRequire(import.meta.url);
  for (const prefix of ['node', 'node-bin']) {
    try {
      return resolve(`${prefix}-${name}-${arch}/bin/${file}`);
    } catch {}
  }
  return undefined;
};

// Set for the process that this file starts: its file descriptor 3 is a pipe that closes when this process ends.
const WRAPPED = 'FRACTAL_WEBHOOKS_WRAPPED';

const giveUp = () => {
  console.error(
    `fractal-webhooks needs Node.js 24, and this is ${versions.node}. "npm ci" installs it on macOS, Linux with glibc and Windows (x64). On other platforms, install it from https://nodejs.org.`,
  );
  process.exit(2);
};

if (Number.parseInt(versions.node, 10) < 24) {
  const { spawn } = await import('node:child_process');
  const node = installed() ?? giveUp();
  const watched = platform !== 'win32';
  const child = spawn(node, [...execArgv, ...argv.slice(1)], {
    stdio: ['inherit', 'inherit', 'inherit', watched ? 'pipe' : 'ignore'],
    env: { ...process.env, ...(watched && { [WRAPPED]: 'true' }) },
  });
  child.on('error', giveUp);
  child.on('exit', (status) => process.exit(status ?? 1));
  // Ctrl-C reaches both processes. Other signals are forwarded.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  await new Promise(() => {});
}

// Killed with SIGKILL, the older Node.js cannot forward anything.
if (process.env[WRAPPED]) {
  delete process.env[WRAPPED];
  const { Socket } = await import('node:net');
  const pipe = new Socket({ fd: 3, readable: true, writable: false });
  pipe.on('error', () => {}).on('close', () => process.kill(process.pid, 'SIGTERM'));
  pipe.resume().unref();
}
