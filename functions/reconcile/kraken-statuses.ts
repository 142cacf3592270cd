import { SignJWT } from 'jose';
import * as v from 'valibot';
import { mapConcurrent } from '../map-concurrent.ts';
import { type Ask, AskError, urlOf } from './ask.ts';
import type { KrakenCredentials } from './credentials.ts';

// As long as Kraken accepts a token, and when the next is signed. In seconds.
const VALID_S = 600;
const RENEWED_AFTER_S = 480;
const LANES = 4;
/** So many users in a row without an answer: the others would get none either. */
const GIVES_UP_AFTER = 3;
const REFUSED = "Kraken's client id or private key is wrong, or the public key is not the one that Kraken has";

// Public code calls the field `state`; nothing else is known of the answer.
const Answer = v.object({ state: v.string() });

export interface KrakenDependencies {
  readonly ask: Ask;
  wait(ms: number): Promise<void>;
  now(): number;
}

/** What Kraken said of each user. */
export interface Statuses {
  /** `null`: Kraken does not know the user. */
  readonly statuses: ReadonlyMap<string, string | null>;
  /** Users of whom Kraken gave no answer, even when it was asked again. */
  readonly unanswered: number;
}

export interface KrakenOptions {
  readonly url: string;
  readonly credentials: KrakenCredentials;
  /** At most so many users per second. */
  readonly rate: number;
  progress(asked: number): void;
}

/** Asks Kraken for the status of each of these users. @throws AskError with what to do */
export const askStatuses = async (
  { ask, wait, now }: KrakenDependencies,
  { url, credentials, rate, progress }: KrakenOptions,
  users: readonly string[],
): Promise<Statuses> => {
  const authorization = createAuthorization(credentials, now);
  const statuses = new Map<string, string | null>();
  let unanswered = 0;
  let inARow = 0;

  const statusOf = async (user: string): Promise<string | null> => {
    const at = urlOf(url, `public/kyc/${encodeURIComponent(user)}/status`);
    const init = { headers: { authorization: await authorization() } };
    const { body } = await ask(at, init, { refused: REFUSED, mayBeAbsent: true });
    if (body === undefined) return null;
    const parsed = v.safeParse(Answer, body);
    if (!parsed.success) throw new AskError(`${at.host} answered without a state. Is it the right host?`);
    return parsed.output.state;
  };

  const startedAt = now();
  let started = 0;
  await mapConcurrent(LANES, users, async (user) => {
    const due = startedAt + (started++ / rate) * 1_000;
    if (due > now()) await wait(due - now());
    try {
      statuses.set(user, await statusOf(user));
      inARow = 0;
    } catch (error) {
      if (!(error instanceof AskError && error.isPassing) || ++inARow >= GIVES_UP_AFTER) throw error;
      unanswered += 1;
    }
    progress(statuses.size + unanswered);
  });
  if (users.length > 1 && [...statuses.values()].every((status) => status === null) && unanswered === 0)
    throw new AskError(
      `${urlOf(url, '').host} knows none of the ${users.length} users. Is it the right host, and the right client?`,
    );
  return { statuses, unanswered };
};

/** The header of a client: a JWT that it signs itself. */
const createAuthorization = ({ clientId, privateKey }: KrakenCredentials, now: () => number): (() => Promise<string>) => {
  let token: { readonly header: Promise<string>; readonly since: number } | undefined;
  const sign = async (issuedAt: number) =>
    `Bearer ${await new SignJWT({ api: true, clientId })
      .setProtectedHeader({ alg: 'ES512' })
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + VALID_S)
      .sign(privateKey)}`;
  return () => {
    const second = Math.floor(now() / 1_000);
    if (!token || second - token.since > RENEWED_AFTER_S) token = { header: sign(second), since: second };
    return token.header;
  };
};
