import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assembliesFolder, logFolder } from './once.ts';
import { linesWithSecrets } from './secrets-in-logs.ts';

/** After all suites: whatever any function has logged in any of them holds no token, signature or e-mail address. */
export default async function checkLogs(): Promise<void> {
  const files = await readdir(logFolder());
  const logs = await Promise.all(files.map((file) => readFile(join(logFolder(), file), 'utf8')));
  await rm(assembliesFolder(), { recursive: true, force: true });
  await rm(logFolder(), { recursive: true, force: true });
  const lines = logs.flatMap(linesWithSecrets);
  if (lines.length > 0) throw new Error(`The functions have logged what no log may hold:\n${lines.join('\n')}`);
}
