import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export type Parameters = Readonly<Record<string, string>>;

export interface ButtonTokens {
  /** The parameters with a token for exactly these. */
  sign(parameters: Parameters): Parameters;
  /** Whether the token is that of the other parameters, and has not expired. */
  isSigned(parameters: Parameters): boolean;
}

const VALID_FOR_MS = 15 * 60_000;

/**
 * Tokens that show that a button comes from this widget. Whoever may change the dashboard can put any parameters into it, which
 * CloudWatch then sends with the permissions of the next viewer. The key exists in this process only.
 *
 * @param now epoch milliseconds
 */
export const createButtonTokens = (now: () => number): ButtonTokens => {
  const key = randomBytes(32);
  const signatureOf = (parameters: Parameters, expiry: string): string => {
    const text = JSON.stringify([expiry, ...Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))]);
    return createHmac('sha256', key).update(text).digest('base64url');
  };
  return {
    sign: (parameters) => {
      const expiry = String(now() + VALID_FOR_MS);
      return { ...parameters, token: `${expiry}.${signatureOf(parameters, expiry)}` };
    },
    isSigned: ({ token = '', ...parameters }) => {
      const [expiry = '', signature = ''] = token.split('.', 2);
      const [given, expected] = [signature, signatureOf(parameters, expiry)].map((text) => Buffer.from(text));
      return (
        Boolean(given && expected && given.length === expected.length && timingSafeEqual(given, expected)) &&
        Number(expiry) > now()
      );
    },
  };
};
