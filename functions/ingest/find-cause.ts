import { createHmac, timingSafeEqual } from 'node:crypto';
import { KRAKEN, KRAKEN_SIGNATURE } from '../core/kraken.ts';
import type { Cause } from '../core/refusal.ts';
import { bodiesBefore } from './changed-body.ts';

/** A token that may have signed, and the cause if nothing else differs. */
export interface Candidate {
  readonly entry: string;
  readonly token: string;
  readonly cause: Extract<Cause, 'other_type' | 'classic_token' | 'kraken_token' | 'former_token'>;
}

/** A signature that is an HMAC in hex, however it is written. */
export interface Attempt {
  readonly hash: 'sha1' | 'sha256';
  readonly digest: Buffer;
  /** How it differs from Fractal's notation. */
  readonly difference: Extract<Cause, 'no_prefix' | 'upper_case'> | undefined;
}

const NOTATION = /^(sha1=|sha256=)?([0-9a-f]{64}|[0-9a-f]{40})$/i;

/** Reads a signature without checking it; `undefined` if it can't be an HMAC-SHA1 or HMAC-SHA256. */
export const readAttempt = (signature: string): Attempt | undefined => {
  const [, prefix = '', hex = ''] = NOTATION.exec(signature) ?? [];
  const digest = Buffer.from(hex, 'hex');
  const isSha1Prefix = prefix.toLowerCase() === 'sha1=';
  const inUpperCase = signature === signature.toLowerCase() ? undefined : 'upper_case';
  if (hex.length === 64) return { hash: 'sha256', digest, difference: isSha1Prefix ? 'no_prefix' : inUpperCase };
  if (hex.length !== 40 || (prefix !== '' && !isSha1Prefix)) return undefined;
  return { hash: 'sha1', digest, difference: isSha1Prefix ? inUpperCase : 'no_prefix' };
};

/**
 * Finds the candidate that has signed these bytes, or what they may have been. If several things differ, a changed body is named
 * first, then a token of the other contract, then the hash and the notation of the signature, then the token: whoever sent it must
 * fix them in this order.
 *
 * @param type the type of the body, if it is known
 */
export const findCause = (
  attempt: Attempt,
  bytes: Uint8Array,
  candidates: readonly Candidate[],
  type: string | undefined,
): { readonly cause: Cause; readonly entry: string } | undefined => {
  const { hash, digest } = attempt;
  const signs = (body: Uint8Array) => (candidate: Candidate) =>
    timingSafeEqual(createHmac(hash, candidate.token).update(body).digest(), digest);
  const asSent = candidates.find(signs(bytes));
  if (asSent) return { cause: causeOf(attempt, asSent, type), entry: asSent.entry };
  for (const body of bodiesBefore(bytes)) {
    const before = candidates.find(signs(body));
    if (before) return { cause: 'changed_body', entry: before.entry };
  }
  return undefined;
};

const causeOf = ({ hash, difference }: Attempt, { cause, entry }: Candidate, type: string | undefined): Cause => {
  if (cause === 'classic_token' || cause === 'kraken_token') return cause;
  const expected = (type ?? entry) === KRAKEN ? KRAKEN_SIGNATURE.hash : 'sha1';
  return hash === expected ? (difference ?? cause) : hash;
};
