import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { eventually } from './support/eventually.ts';

const NODE_24 = join(resolve(import.meta.dirname, '..'), 'node-24.js');

// In the first process alone, Node.js looks older. The variable is its own, so that an error cannot start processes without end.
const OLDER =
  'data:text/javascript,if (!process.env.LOOKS_OLDER_ONCE) { process.env.LOOKS_OLDER_ONCE = "true"; Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } }); }';

const PROGRAM = 'console.log(process.pid, process.env.FRACTAL_WEBHOOKS_WRAPPED); setInterval(() => {}, 1_000);';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** The files that are loaded before the first line of this one runs. */
const loadedBefore = (file: string): string[] => {
  const imports = readFileSync(file, 'utf8').matchAll(/^import (?:[^'\n]+ from )?'(\.[^']+)'/gm);
  return [...imports].flatMap(([, path = '']) => {
    const loaded = join(dirname(file), path);
    return [loaded, ...(loaded.endsWith('.ts') ? [] : loadedBefore(loaded))];
  });
};

test('the command line loads no TypeScript before an older Node.js starts Node.js 24', () => {
  const loaded = loadedBefore(join(dirname(NODE_24), 'oncall/bundle-and-run.js'));
  expect(loaded[0]).toBe(NODE_24);
  expect(loaded.filter((file) => file.endsWith('.ts'))).toEqual([]);
});

test.each(['SIGKILL', 'SIGTERM'] as const)('the Node.js 24 that an older one has started ends with it: %s', async (signal) => {
  const older = spawn(process.execPath, ['--import', OLDER, '--import', NODE_24, '--eval', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(older.stdout, 'data');
  const [pid = '', wrapped] = String(line).trim().split(' ');
  expect([wrapped, Number(pid) === older.pid]).toEqual(['undefined', false]);
  expect(isAlive(Number(pid))).toBe(true);
  older.kill(signal);
  await eventually(async () => expect(isAlive(Number(pid))).toBe(false));
});
