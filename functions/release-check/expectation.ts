import { sign } from '../ingest/signature.ts';
import { entryFor, parseTokens, type Tokens } from '../ingest/tokens.ts';

/** What ingest must answer if it works, beside this secret. */
export interface Expectation {
  readonly status: number;
  readonly signature: string;
  /** Whether a message is on the queue then. */
  readonly enqueues: boolean;
  /** Why it is asked for less than to accept a notification, if it is. */
  readonly why: string;
  isMet(answer: unknown): boolean;
}

/**
 * A notification that is signed is accepted. Where the secret has no token for it, or nothing would take it off the queue, one that
 * is not is refused; and beside a secret that holds no tokens, which no release can mend, every one is answered 503.
 *
 * @param secret the secret's value
 * @param mayEnqueue whether something takes messages off the queue
 */
export const expectationBeside = (secret: string, type: string, body: Uint8Array, mayEnqueue: boolean): Expectation => {
  const tokens = tokensIn(secret);
  const [token] = tokens?.get(entryFor(tokens, type)) ?? [];
  if (!tokens) return expecting(503, sign(body, 'none'), 'the secret holds no tokens');
  if (token === undefined) return expecting(401, sign(body, 'none'), 'the secret has no token of Fractal yet');
  if (!mayEnqueue) return expecting(401, sign(body, 'none'), 'nothing was live before');
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
