import { sign } from '../ingest/signature.ts';
import { entryFor, parseTokens, type Tokens } from '../ingest/tokens.ts';

/** The response that a working ingest gives, depending on the secret. */
export interface Expectation {
  readonly status: number;
  readonly signature: string;
  /** Whether ingest enqueues a message. */
  readonly enqueues: boolean;
  /** Why ingest is not expected to accept a notification; empty if it is. */
  readonly why: string;
  isMet(answer: unknown): boolean;
}

/**
 * Expects a signed notification to be accepted (202). If the secret has no token for the type, or nothing consumes the queue
 * yet, expects one with an invalid signature to be refused (401). If the secret has no valid tokens, which no release can fix,
 * expects 503.
 *
 * @param secret the secret's value
 * @param mayEnqueue whether messages on the queue are consumed
 */
export const expectedResponse = (secret: string, type: string, body: Uint8Array, mayEnqueue: boolean): Expectation => {
  const tokens = tokensIn(secret);
  const [token] = tokens?.get(entryFor(tokens, type)) ?? [];
  if (!tokens) return expecting(503, sign(body, 'none'), 'the secret holds no valid tokens');
  if (token === undefined) return expecting(401, sign(body, 'none'), 'the secret has no token from Fractal yet');
  if (!mayEnqueue) return expecting(401, sign(body, 'none'), 'no version was live before');
  return expecting(202, sign(body, token), '');
};

const expecting = (status: number, signature: string, why: string): Expectation => ({
  status,
  signature,
  why,
  enqueues: status === 202,
  isMet: (answer) => Object(answer).statusCode === status && (status !== 202 || /"accepted"/.test(Object(answer).body)),
});

const tokensIn = (secret: string): Tokens | undefined => {
  try {
    return parseTokens(secret);
  } catch {
    return undefined;
  }
};
