import { createHmac, timingSafeEqual } from 'node:crypto';
import { KRAKEN, KRAKEN_SIGNATURE } from '../core/kraken.ts';

/** Fractal's signature header, in lowercase as API Gateway's HTTP APIs pass it. */
export const SIGNATURE_HEADER = 'x-fractal-signature';

const hmac = (hash: 'sha1' | 'sha256', bytes: Uint8Array, token: string): string =>
  createHmac(hash, token).update(bytes).digest('hex');

/**
 * Fractal signs the raw bytes of the body, keyed with the webhook's secret token: with `sha1=` and the HMAC-SHA1 in lowercase hex,
 * and Kraken's results with the HMAC-SHA256 in lowercase hex alone.
 */
export const sign = (bytes: Uint8Array, token: string, type?: string): string =>
  type === KRAKEN ? hmac(KRAKEN_SIGNATURE.hash, bytes, token) : `sha1=${hmac('sha1', bytes, token)}`;

const { digits, prefix, prefixIsOptional } = KRAKEN_SIGNATURE;
const OF_KRAKEN = new RegExp(`^(${prefix})${prefixIsOptional ? '?' : ''}[0-9a-f]{${digits}}$`);

/** Whether a signature has the form of Kraken's, so that it can't be one of the classic webhooks. */
export const isOfKraken = (signature: string): boolean => OF_KRAKEN.test(signature);

/** Whether the header is the signature of these bytes under this token. Compares in constant time. */
export const verify = (bytes: Uint8Array, token: string, signature: string): boolean =>
  isOfKraken(signature) ? equal(sign(bytes, token, KRAKEN), signature.slice(-digits)) : equal(sign(bytes, token), signature);

const equal = (expected: string, given: string): boolean => {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
};
