import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { logFolder, runFolder } from './once.ts';
import { linesWithSecrets } from './secrets-in-logs.ts';

/** Runs after all suites: fails if any function has logged a token, a signature or an e-mail address. */
export default async function checkLogs(): Promise<void> {
  const files = await readdir(logFolder());
  const logs = await Promise.all(files.map((file) => readFile(join(logFolder(), file), 'utf8')));
  await rm(runFolder(), { recursive: true, force: true, maxRetries: 5 });
  const lines = logs.flatMap(linesWithSecrets);
  if (lines.length > 0) throw new Error(`The functions have logged secrets or personal data:\n${lines.join('\n')}`);
}
