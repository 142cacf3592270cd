import { join } from 'node:path';

const folder = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error('Jest has not run its global setup');
  return value;
};

/** The folder of all assemblies of this run. */
export const assembliesFolder = (): string => folder('TEST_ASSEMBLIES');

/** The folder of the default assembly, synthesized once before the suites. */
export const assemblyFolder = (): string => join(assembliesFolder(), 'usual');

/** The file with the templates of all variants. */
export const variantsFile = (): string => join(assembliesFolder(), 'variants.json');

/** The folder of all logs that functions of local stacks have written in this run. */
export const logFolder = (): string => folder('TEST_LOGS');
