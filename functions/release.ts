import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../package.json' with { type: 'json' };

/** The files that decide what a message means and what applying it does. */
export const DECIDING_FILES: readonly string[] = ['core', 'apply']
  .flatMap((folder) => readdirSync(join(import.meta.dirname, folder)).map((file) => join(import.meta.dirname, folder, file)))
  .filter((file) => file.endsWith('.ts'))
  .sort();

/**
 * This release: the version, and a hash of the code that decides what a message means. Two releases that judge messages the same
 * way are equal. Bundles contain the value instead of this code.
 */
export const RELEASE: string = (() => {
  const hash = createHash('sha256');
  for (const file of DECIDING_FILES) hash.update(readFileSync(file, 'utf8').replaceAll('\r\n', '\n'));
  return `${manifest.version}+${hash.digest('hex').slice(0, 12)}`;
})();
