import { DOCUMENTED } from './notifications.ts';

/** Matches what logs must not contain: signatures, e-mail addresses, tokens. */
const SECRETS = [/sha1=/, /[^\s"@]+@[^\s"@]+\.\w/, new RegExp(DOCUMENTED.token)];

/** The lines that contain something that logs must not contain. */
export const linesWithSecrets = (log: string): string[] =>
  log.split('\n').filter((line) => SECRETS.some((secret) => secret.test(line)));
