import { join } from 'node:path';

/** The folder of everything that this run writes. It is removed at the end. */
export const runFolder = (): string => {
  const folder = process.env.TEST_FOLDER;
  if (!folder) throw new Error('Jest has not run its global setup');
  return folder;
};

/** The folder of all assemblies of this run. */
export const assembliesFolder = (): string => join(runFolder(), 'assemblies');

/** The folder of the default assembly, synthesized once before the suites. */
export const assemblyFolder = (): string => join(assembliesFolder(), 'usual');

/** The file with the templates of all variants. */
export const variantsFile = (): string => join(runFolder(), 'variants.json');

/** The folder of all logs that functions of local stacks have written in this run. */
export const logFolder = (): string => join(runFolder(), 'logs');

/** The folder of temporary files of this run, TMPDIR of all its processes. */
export const temporaryFolder = (): string => join(runFolder(), 'tmp');
