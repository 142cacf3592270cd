import { join } from 'node:path';

const folder = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error('Jest has not run its global setup');
  return value;
};

/** Where every synthesis of this run is. */
export const assembliesFolder = (): string => folder('TEST_ASSEMBLIES');

/** Where the app was synthesized, once, before the suites began. */
export const assemblyFolder = (): string => join(assembliesFolder(), 'usual');

/** Where the template of every variant is. */
export const variantsFile = (): string => join(assembliesFolder(), 'variants.json');

/** Where everything is that the functions of any local stack have logged in this run. */
export const logFolder = (): string => folder('TEST_LOGS');
