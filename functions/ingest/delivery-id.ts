import { createHash } from 'node:crypto';

/** The first 96 bits of the SHA-256 of the bytes, in hex. A notification that is delivered twice has the same id. */
export const deliveryId = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 24);
