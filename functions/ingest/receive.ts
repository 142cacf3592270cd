import type { Envelope } from '../core/envelope.ts';
import { isKnownType } from '../core/notification.ts';
import { type ParseResult, parseNotification } from '../core/parse-notification.ts';
import type { Refusal } from '../core/refusal.ts';
import { deliveryId, signatureHash } from './delivery-id.ts';
import { entryFor, proofFor, proofsOf, type Tokens } from './tokens.ts';

/** The largest body that is accepted, in bytes. Fractal's notifications have about 200. */
export const MAX_BODY_BYTES = 128 * 1024;

export type Answer =
  | { readonly kind: 'accepted'; readonly id: string }
  | { readonly kind: 'parked'; readonly id: string; readonly reason: string }
  | { readonly kind: 'refused'; readonly error: 'signature_missing' }
  | { readonly kind: 'refused'; readonly error: 'signature_mismatch'; readonly why: Why }
  | { readonly kind: 'too_large' };

export interface Delivery {
  readonly bytes: Uint8Array;
  readonly signature: string | undefined;
}

/** For the log; the caller does not learn it. `problem`: why it could not be found out. */
export type Why = Refusal & { readonly problem?: string };

/** The tokens or the queue were not available in time; the delivery was not acknowledged. See `cause`. */
export class Unavailable extends Error {
  static override readonly name = 'Unavailable';
  override readonly name = 'Unavailable';
  readonly missing: 'tokens' | 'queue';

  constructor(missing: 'tokens' | 'queue', cause: unknown) {
    super(`no ${missing}`, { cause });
    this.missing = missing;
  }
}

const orUnavailable = <T>(missing: Unavailable['missing'], result: Promise<T>): Promise<T> =>
  result.catch((error) => {
    throw new Unavailable(missing, error);
  });

/** Each call throws if it does not succeed in time. */
export interface Dependencies {
  readonly tokens: {
    cached(signal: AbortSignal): Promise<Tokens>;
    /** Re-reads the tokens unless the rate limit forbids it; then `undefined`. */
    refresh(signal: AbortSignal): Promise<Tokens | undefined>;
  };
  readonly queue: {
    accept(envelope: Envelope, signal: AbortSignal): Promise<void>;
    park(envelope: Envelope, signal: AbortSignal): Promise<void>;
  };
  /** Why a signature matches none of the tokens. Never throws. @param receivedAt epoch milliseconds */
  examine(
    delivery: Delivery & { readonly signature: string },
    tokens: Tokens,
    receivedAt: number,
    signal: AbortSignal,
  ): Promise<Why>;
  /** Epoch milliseconds. */
  now(): number;
}

/**
 * Authenticates and parses a delivery, and enqueues or parks it. Returns `accepted` or `parked` only after SQS has the message.
 * Throws `Unavailable` if the tokens can't be read or the message can't be enqueued.
 */
export const createReceive =
  ({ tokens, queue, examine, now }: Dependencies) =>
  async ({ bytes, signature }: Delivery, signal: AbortSignal): Promise<Answer> => {
    if (bytes.length > MAX_BODY_BYTES) return { kind: 'too_large' };
    if (!signature) return { kind: 'refused', error: 'signature_missing' };

    const receivedAt = now();
    const cached = await orUnavailable('tokens', tokens.cached(signal));
    let proof = authenticate(cached, bytes, signature, receivedAt);
    if (!proof) {
      const fresh = await orUnavailable('tokens', tokens.refresh(signal));
      proof = fresh && authenticate(fresh, bytes, signature, receivedAt);
      if (!proof) {
        const why = await examine({ bytes, signature }, fresh ?? cached, receivedAt, signal);
        return { kind: 'refused', error: 'signature_mismatch', why };
      }
    }

    const { parsed, signedFor, entry } = proof;
    const id = deliveryId(bytes);
    const received = { id, receivedAt, bytes, proof: { entry, signatureSha256: signatureHash(signature) } };
    if (parsed.kind === 'understood') {
      await orUnavailable('queue', queue.accept(received, signal));
      return { kind: 'accepted', id };
    }
    const { reason } = parsed;
    await orUnavailable('queue', queue.park({ ...received, parked: { reason, signedFor } }, signal));
    return { kind: 'parked', id, reason };
  };

interface Authentic {
  readonly parsed: ParseResult;
  readonly signedFor: readonly string[];
  /** The entry of the secret whose token has signed it. */
  readonly entry: string;
}

// The body is parsed only if some token has signed it. A type that this release or the secret knows must be signed with its own
// token, in the way of its contract; any other body is authentic under any token.
const authenticate = (tokens: Tokens, bytes: Uint8Array, signature: string, now: number): Authentic | undefined => {
  const signedFor = proofsOf(tokens, bytes, signature);
  if (signedFor.length === 0) return undefined;
  const parsed = parseNotification(bytes, now);
  const { type } = parsed;
  const needed = type !== undefined && (isKnownType(type) || tokens.has(type)) ? proofFor(tokens, type) : undefined;
  if (needed !== undefined && !signedFor.includes(needed)) return undefined;
  const [proof = ''] = needed === undefined ? signedFor : [needed];
  return { parsed, signedFor, entry: entryFor(tokens, proof) };
};
