import { createHmac, timingSafeEqual } from 'node:crypto';

/** Fractal's signature header, in lowercase as API Gateway's HTTP APIs pass it. */
export const SIGNATURE_HEADER = 'x-fractal-signature';

/**
 * Fractal signs the raw bytes of the body: `sha1=` and the HMAC-SHA1 in lowercase hex, keyed with the webhook's secret token.
 */
export const sign = (bytes: Uint8Array, token: string): string => `sha1=${createHmac('sha1', token).update(bytes).digest('hex')}`;

/** Whether the header is the signature of these bytes under this token. Compares in constant time. */
export const verify = (bytes: Uint8Array, token: string, signature: string): boolean => {
  const expected = Buffer.from(sign(bytes, token));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
};
