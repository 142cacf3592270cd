import { createHash } from 'node:crypto';

/** The first 96 bits of the SHA-256 of the bytes, in hex. A notification that is delivered twice has the same id. */
export const deliveryId = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 24);

/** What the history keeps of a signature, in hex: who has the token can check it, and nobody can send it again. */
export const signatureHash = (signature: string): string => createHash('sha256').update(signature).digest('hex');
