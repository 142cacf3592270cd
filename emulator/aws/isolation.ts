import { devNull } from 'node:os';
import { REGION } from './account.ts';

/** Keeps AWS SDKs from reading the user's profiles. */
export const NO_PROFILES = { AWS_CONFIG_FILE: devNull, AWS_SHARED_CREDENTIALS_FILE: devNull } as const;

/**
 * Isolates this process and its children from the user's AWS settings, in the environment and in profiles. Files that they
 * write are readable by the owner only.
 */
export const isolateProcess = (): void => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, NO_PROFILES, { AWS_REGION: REGION });
  process.umask(0o077);
};
