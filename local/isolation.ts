import { devNull } from 'node:os';
import { REGION } from './account.ts';

/** The variables with which an AWS SDK reads no profile of the person who runs it. */
export const NO_PROFILES = { AWS_CONFIG_FILE: devNull, AWS_SHARED_CREDENTIALS_FILE: devNull } as const;

/**
 * Keeps this process, and what it starts, apart from the person who runs it: what they have set for AWS, in the environment or in a
 * profile, is not for the AWS that is played here; and what is written here, others can't read.
 */
export const isolateProcess = (): void => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, NO_PROFILES, { AWS_REGION: REGION });
  process.umask(0o077);
};
