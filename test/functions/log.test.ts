import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'fractal-webhooks-log-'));
const LOG = resolve(import.meta.dirname, '../../functions/log.ts');

afterAll(() => rmSync(folder, { recursive: true }));

/** The numbers of the lines that arrive from a process that logs a thousand at once and is then killed, as Lambda ends one. */
const arrivedFromAKilledProcess = async (before = ''): Promise<number[]> => {
  const file = join(folder, 'process.ts');
  writeFileSync(
    file,
    `import { log } from ${JSON.stringify(LOG)};
    ${before}
    for (let n = 0; n < 1_000; n += 1) log('INFO', 'batch', { n, text: 'é'.repeat(1_000) });
    process.kill(process.pid, 'SIGKILL');`,
  );
  const child = fork(file, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  if (!child.stdout) throw new Error('no standard output');
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).n);
};

test.each([
  ['as Lambda starts it', ''],
  ['that a library has made non-blocking', "process.stdout.write('');"],
])('log has written a line when it returns, to a standard output %s', async (_, before) => {
  expect(await arrivedFromAKilledProcess(before)).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
});
