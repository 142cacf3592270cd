import { DOCUMENTED } from './notifications.ts';

/** What must be in no log: a signature, an e-mail address, a token. */
const SECRETS = [/sha1=/, /[^\s"@]+@[^\s"@]+\.\w/, new RegExp(DOCUMENTED.token)];

/** The lines that hold something which no log may hold. */
export const linesWithSecrets = (log: string): string[] =>
  log.split('\n').filter((line) => SECRETS.some((secret) => secret.test(line)));
