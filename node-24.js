import module, { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// Comes before all else, in plain JavaScript: an older Node ends at the first TypeScript file, with ERR_UNKNOWN_FILE_EXTENSION. npm 11
// has put the installed Node 24 first on the PATH by now; npm 10 has not, and nobody has where a file is run without npm.
const { arch, argv, execArgv, platform, versions } = process;

// What Node compiles, and the TypeScript that it strips, is kept for the next time. NODE_COMPILE_CACHE says where else.
module.enableCompileCache?.(fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)));

/** The Node 24 that npm has installed for this platform; `undefined` if it has not. */
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
    `fractal-webhooks needs Node 24, and this is Node ${versions.node}. "npm ci" installs it here for macOS, for Linux with glibc and for Windows (x64); elsewhere, install it from https://nodejs.org.`,
  );
  process.exit(2);
};

if (Number.parseInt(versions.node, 10) < 24) {
  const { spawn } = await import('node:child_process');
  const node = installed() ?? giveUp();
  const child = spawn(node, [...execArgv, ...argv.slice(1)], { stdio: 'inherit' });
  child.on('error', giveUp);
  child.on('exit', (status) => process.exit(status ?? 1));
  // Ctrl-C reaches both; what is meant for this process alone is meant for the other.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  await new Promise(() => {});
}
