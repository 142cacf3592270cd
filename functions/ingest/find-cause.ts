import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Cause } from '../core/refusal.ts';
import { bodiesBefore } from './changed-body.ts';

/** A token that may have signed, and the cause if nothing else differs. */
export interface Candidate {
  readonly entry: string;
  readonly token: string;
  readonly cause: 'other_type' | 'former_token';
}

/** A signature that is an HMAC in hex, however it is written. */
export interface Attempt {
  readonly hash: 'sha1' | 'sha256';
  readonly digest: Buffer;
  /** How it differs from Fractal's notation. */
  readonly difference: Extract<Cause, 'sha256' | 'no_prefix' | 'upper_case'> | undefined;
}

const NOTATION = /^(sha1=|sha256=)?([0-9a-f]{64}|[0-9a-f]{40})$/i;

/** Reads a signature without checking it; `undefined` if it can't be an HMAC-SHA1 or HMAC-SHA256. */
export const readAttempt = (signature: string): Attempt | undefined => {
  const [, prefix, hex = ''] = NOTATION.exec(signature) ?? [];
  const digest = Buffer.from(hex, 'hex');
  if (hex.length === 64) return { hash: 'sha256', digest, difference: 'sha256' };
  if (hex.length !== 40 || prefix?.toLowerCase() === 'sha256=') return undefined;
  const difference = prefix === undefined ? 'no_prefix' : signature === signature.toLowerCase() ? undefined : 'upper_case';
  return { hash: 'sha1', digest, difference };
};

/**
 * Finds the candidate that has signed these bytes, or what they may have been. If several things differ, a changed body is named
 * first, then the notation of the signature, then the token: whoever sent it must mend them in this order.
 */
export const findCause = (
  { hash, digest, difference }: Attempt,
  bytes: Uint8Array,
  candidates: readonly Candidate[],
): { readonly cause: Cause; readonly entry: string } | undefined => {
  const signs = (body: Uint8Array) => (candidate: Candidate) =>
    timingSafeEqual(createHmac(hash, candidate.token).update(body).digest(), digest);
  const asSent = candidates.find(signs(bytes));
  if (asSent) return { cause: difference ?? asSent.cause, entry: asSent.entry };
  for (const body of bodiesBefore(bytes)) {
    const before = candidates.find(signs(body));
    if (before) return { cause: 'changed_body', entry: before.entry };
  }
  return undefined;
};
