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

const giveUp = () => {
  console.error(
    `fractal-webhooks needs Node.js 24, and this is ${versions.node}. "npm ci" installs it on macOS, Linux with glibc and Windows (x64). On other platforms, install it from https://nodejs.org.`,
  );
  process.exit(2);
};

if (Number.parseInt(versions.node, 10) < 24) {
  const { spawn } = await import('node:child_process');
  const node = installed() ?? giveUp();
  const child = spawn(node, [...execArgv, ...argv.slice(1)], { stdio: 'inherit' });
  child.on('error', giveUp);
  child.on('exit', (status) => process.exit(status ?? 1));
  // Ctrl-C reaches both processes. Other signals are forwarded.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  await new Promise(() => {});
}
