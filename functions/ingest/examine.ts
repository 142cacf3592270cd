import { KRAKEN } from '../core/kraken.ts';
import { isKnownType } from '../core/notification.ts';
import { parseNotification } from '../core/parse-notification.ts';
import { refusal } from '../core/refusal.ts';
import { describeError } from '../log.ts';
import { type Attempt, type Candidate, findCause, readAttempt } from './find-cause.ts';
import type { Dependencies, Why } from './receive.ts';
import { hasFormOfClientSecret } from './token-form.ts';
import { entryFor, type Tokens } from './tokens.ts';

// Anybody can send a wrong signature: what examining costs is limited per process.
const EVERY_MS = 1_000;
const BODY_AT_MOST_BYTES = 4 * 1024;
// Reading former tokens takes a second at most, and ingest answers after six.
const BEGINS_WITHIN_MS = 3_000;

export interface Examining {
  readonly formerTokens: FormerTokens;
  /** Epoch milliseconds. */
  now(): number;
}

/** The tokens of former versions of the secret, newest first. Returns the reason if they can't be read in time; never throws. */
export type FormerTokens = (signal: AbortSignal) => Promise<readonly Tokens[] | { readonly problem: string }>;

/** Finds why a signature matches no token. Examines at most one delivery a second, of at most 4 KiB; never throws. */
export const createExamine = ({ formerTokens, now }: Examining): Dependencies['examine'] => {
  let examinedAt = Number.NEGATIVE_INFINITY;

  const inFormer = async (attempt: Attempt, bytes: Uint8Array, tokens: Tokens, type: string | undefined, signal: AbortSignal) => {
    const former = await formerTokens(signal);
    if ('problem' in former) return former;
    const known = new Set([...tokens.values()].flat());
    const removed = former.flatMap((one) => candidatesIn(one, () => 'former_token')).filter(({ token }) => !known.has(token));
    const found = findCause(attempt, bytes, removed, type);
    return found?.cause === 'former_token' && type ? { ...found, entry: entryFor(tokens, type) } : found;
  };

  const search = async (attempt: Attempt, bytes: Uint8Array, tokens: Tokens, signal: AbortSignal): Promise<Why> => {
    const { type: claimed } = parseNotification(bytes, now());
    const type = claimed !== undefined && isKnownType(claimed) ? claimed : undefined;
    const current = candidatesIn(tokens, (entry) => causeOf(tokens, entry, type));
    const found = findCause(attempt, bytes, current, type) ?? (await inFormer(attempt, bytes, tokens, type, signal));
    if (found && 'cause' in found) return refusal(found.cause, found.entry, type);
    const mistaken = clientSecretIn(tokens, type);
    if (mistaken !== undefined) return refusal('client_secret', mistaken);
    return found ? { ...refusal('not_examined'), ...found } : refusal('unknown', undefined, type);
  };

  return async ({ bytes, signature }, tokens, receivedAt, signal) => {
    const attempt = readAttempt(signature);
    if (!attempt) return refusal('unknown');
    const time = now();
    const late = time - receivedAt > BEGINS_WITHIN_MS;
    if (bytes.length > BODY_AT_MOST_BYTES || time - examinedAt < EVERY_MS || late) return refusal('not_examined');
    examinedAt = time;
    return search(attempt, bytes, tokens, signal).catch((error) => ({
      ...refusal('not_examined'),
      problem: describeError(error),
    }));
  };
};

const candidatesIn = (tokens: Tokens, cause: (entry: string) => Candidate['cause']): Candidate[] =>
  [...tokens].flatMap(([entry, list]) => list.map((token) => ({ entry, token, cause: cause(entry) })));

/** What is wrong if a token of this entry has signed this type, apart from how it was signed. */
const causeOf = (tokens: Tokens, entry: string, type: string | undefined): Candidate['cause'] => {
  if (type === undefined || entry === entryFor(tokens, type)) return 'other_type';
  if (entry === KRAKEN) return 'kraken_token';
  return type === KRAKEN ? 'classic_token' : 'other_type';
};

/** The entry whose newest token has the form of a client secret, among those that may sign this type. */
const clientSecretIn = (tokens: Tokens, type: string | undefined): string | undefined => {
  const entries = type === undefined ? [...tokens.keys()] : [entryFor(tokens, type)];
  return entries.find((entry) => hasFormOfClientSecret(tokens.get(entry)?.[0] ?? ''));
};
