import { randomUUID } from 'node:crypto';
import { type Envelope, encodeEnvelope } from '../../functions/core/envelope.ts';
import { bytesOf } from './notifications.ts';

/** The message of a delivery with this body, received now. */
export const anEnvelope = (
  body: string | Uint8Array,
  { id = randomUUID() as string, receivedAt = Date.now(), parked }: Partial<Envelope> = {},
): string => encodeEnvelope({ id, receivedAt, bytes: bytesOf(body), parked });

/** The message of a delivery that ingest has parked. */
export const aParkedEnvelope = (body: string | Uint8Array, reason: string, more: Partial<Envelope> = {}): string =>
  anEnvelope(body, { parked: { reason, signedFor: ['*'] }, ...more });
