import { createHash } from 'node:crypto';

/** The id of a delivery: 96 bits of its bytes' SHA-256, in hex. The same notification delivered twice has the same id. */
export const deliveryId = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 24);
