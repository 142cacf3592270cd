import * as v from 'valibot';
import { parseJson, toAsciiJson } from './json.ts';
import { textOf } from './parse-notification.ts';
import { type Proof, type Receipt, SOURCES } from './receipt.ts';

/**
 * A delivery as it travels on the queue. `parked` is set if ingest did not understand the body: the reason, and the entries of the
 * secret under which it was authentic.
 */
export interface Envelope extends Receipt {
  readonly bytes: Uint8Array;
  /** What is recorded of the signature; not of deliveries that releases before 1.2 have received. */
  readonly proof?: Proof | undefined;
  readonly parked?: { readonly reason: string; readonly signedFor: readonly string[] } | undefined;
}

const VERSION = 1;
/** The largest time that JavaScript can format, in epoch milliseconds (ECMAScript, Time Range). */
const LAST_INSTANT = 8.64e15;

const WireSchema = v.object({
  v: v.literal(VERSION),
  id: v.pipe(v.string(), v.nonEmpty()),
  received_at: v.pipe(v.number(), v.safeInteger(), v.minValue(-LAST_INSTANT), v.maxValue(LAST_INSTANT)),
  body: v.optional(v.string()),
  body_base64: v.optional(v.pipe(v.string(), v.base64())),
  parked: v.optional(v.object({ reason: v.string(), signed_for: v.array(v.string()) })),
  // Releases before 1.2 ignore these: they keep no history, and do not know Kraken's results.
  source: v.optional(v.picklist(SOURCES)),
  proof: v.optional(v.object({ entry: v.string(), signature_sha256: v.string() })),
  decision: v.optional(v.object({ as_of: v.number(), status_rank: v.number(), by: v.string(), why: v.string() })),
});

/** The message for the queue. The largest body that ingest accepts becomes at most 768 KiB, below SQS's limit of 1 MiB. */
export const encodeEnvelope = ({ id, receivedAt, bytes, parked, source, proof, decision }: Envelope): string => {
  const text = textOf(bytes);
  return toAsciiJson({
    v: VERSION,
    id,
    received_at: receivedAt,
    ...(parked && { parked: { reason: parked.reason, signed_for: parked.signedFor } }),
    ...(source && { source }),
    ...(proof && { proof: { entry: proof.entry, signature_sha256: proof.signatureSha256 } }),
    ...(decision && {
      decision: { as_of: decision.asOf, status_rank: decision.statusRank, by: decision.by, why: decision.why },
    }),
    ...(text === undefined ? { body_base64: Buffer.from(bytes).toString('base64') } : { body: text }),
  });
};

/** Decodes a message body; `undefined` if it is not an envelope of this version. */
export const decodeEnvelope = (message: string): Envelope | undefined => {
  const parsed = v.safeParse(WireSchema, parseJson(message));
  if (!parsed.success) return undefined;
  const { id, received_at, body, body_base64, parked, source, proof, decision } = parsed.output;
  if ((body === undefined) === (body_base64 === undefined)) return undefined;
  return {
    id,
    receivedAt: received_at,
    bytes: body === undefined ? Buffer.from(body_base64 ?? '', 'base64') : Buffer.from(body),
    ...(parked && { parked: { reason: parked.reason, signedFor: parked.signed_for } }),
    ...(source && { source }),
    ...(proof && { proof: { entry: proof.entry, signatureSha256: proof.signature_sha256 } }),
    ...(decision && {
      decision: { asOf: decision.as_of, statusRank: decision.status_rank, by: decision.by, why: decision.why },
    }),
  };
};
