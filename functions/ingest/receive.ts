import type { Envelope } from '../core/envelope.ts';
import { isKnownType } from '../core/notification.ts';
import { type ParseResult, parseNotification } from '../core/parse-notification.ts';
import { deliveryId } from './delivery-id.ts';
import { entriesThatSigned, entryFor, type Tokens } from './tokens.ts';

/** The largest body, in bytes, that is looked at. Fractal's notifications have about 200. */
export const MAX_BODY_BYTES = 128 * 1024;

export type Answer =
  | { readonly kind: 'accepted'; readonly id: string }
  | { readonly kind: 'parked'; readonly id: string; readonly reason: string }
  | { readonly kind: 'refused'; readonly error: 'signature_missing' | 'signature_mismatch' }
  | { readonly kind: 'too_large' };

export interface Delivery {
  readonly bytes: Uint8Array;
  readonly signature: string | undefined;
}

/** Something that receiving needs could not be had in time: nothing was promised to anybody. The cause says why. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  readonly missing: 'tokens' | 'queue';

  constructor(missing: 'tokens' | 'queue', cause: unknown) {
    super(`no ${missing}`, { cause });
    this.missing = missing;
  }
}

const orUnavailable = <T>(missing: Unavailable['missing'], had: Promise<T>): Promise<T> =>
  had.catch((error) => {
    throw new Unavailable(missing, error);
  });

/** What receiving needs from outside. Each call throws where it can't be had in time. */
export interface Dependencies {
  readonly tokens: {
    cached(signal: AbortSignal): Promise<Tokens>;
    /** The tokens as they are now, if it is time to ask again; else `undefined`. */
    refresh(signal: AbortSignal): Promise<Tokens | undefined>;
  };
  readonly queue: {
    accept(envelope: Envelope, signal: AbortSignal): Promise<void>;
    park(envelope: Envelope, signal: AbortSignal): Promise<void>;
  };
  /** Epoch milliseconds. */
  now(): number;
}

/**
 * Decides what a delivery is and puts it where it belongs. Accepted or parked is answered only after SQS has it.
 * Throws `Unavailable` if the tokens can't be read or the queue does not take it.
 */
export const createReceive =
  ({ tokens, queue, now }: Dependencies) =>
  async ({ bytes, signature }: Delivery, signal: AbortSignal): Promise<Answer> => {
    if (bytes.length > MAX_BODY_BYTES) return { kind: 'too_large' };
    if (!signature) return { kind: 'refused', error: 'signature_missing' };

    const receivedAt = now();
    const proof =
      authenticate(await orUnavailable('tokens', tokens.cached(signal)), bytes, signature, receivedAt) ??
      authenticate((await orUnavailable('tokens', tokens.refresh(signal))) ?? new Map(), bytes, signature, receivedAt);
    if (!proof) return { kind: 'refused', error: 'signature_mismatch' };

    const { parsed, signedFor } = proof;
    const id = deliveryId(bytes);
    if (parsed.kind === 'understood') {
      await orUnavailable('queue', queue.accept({ id, receivedAt, bytes }, signal));
      return { kind: 'accepted', id };
    }
    const { reason } = parsed;
    await orUnavailable('queue', queue.park({ id, receivedAt, bytes, parked: { reason, signedFor } }, signal));
    return { kind: 'parked', id, reason };
  };

interface Proof {
  readonly parsed: ParseResult;
  readonly signedFor: readonly string[];
}

// The body is read only once some token has signed it. A type that is known, to this release or to the secret, needs
// a token of its own; what no one knows is authentic under any.
const authenticate = (tokens: Tokens, bytes: Uint8Array, signature: string, now: number): Proof | undefined => {
  const signedFor = entriesThatSigned(tokens, bytes, signature);
  if (signedFor.length === 0) return undefined;
  const parsed = parseNotification(bytes, now);
  const { type } = parsed;
  const known = type !== undefined && (isKnownType(type) || tokens.has(type));
  return known && !signedFor.includes(entryFor(tokens, type)) ? undefined : { parsed, signedFor };
};
