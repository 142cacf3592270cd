import { randomUUID } from 'node:crypto';
import { parseNotification } from '../../functions/core/parse-notification.ts';
import { sign } from '../../functions/ingest/signature.ts';

/** Token, bodies and signatures from Fractal's documentation. */
export const DOCUMENTED = {
  token: '9d7e80c0f169ab94d34392d64617b7517fb07c40',
  signedBody:
    '{"type":"verification_approved","data":{"level":"basic","user_id":"b5c5a2cd-643e-444b-9591-e7b25fec997d","timestamp":"2020-10-09T10:50:32Z"}}',
  signature: 'sha1=9e581dd775e5ba87e9839b595d6eb0d784ecfdb6',
  payloads: {
    verification_approved:
      '{"type":"verification_approved","data":{"level":"basic","user_id":"14ec6af0-12f8-4bce-a6ab-01ce87fa1812","timestamp":"2020-04-02T13:35:35Z"}}',
    verification_contacted:
      '{"type":"verification_contacted","data":{"level":"basic","user_id":"14ec6af0-12f8-4bce-a6ab-01ce87fa1812","timestamp":"2020-04-02T13:35:35Z"}}',
    verification_rejected:
      '{"type":"verification_rejected","data":{"level":"basic","user_id":"14ec6af0-12f8-4bce-a6ab-01ce87fa1812","timestamp":"2020-04-02T13:35:35Z"}}',
    credential_shared:
      '{"type":"credential_shared","data":{"idos_human_id":"IDOS_HUMAN_UUID","credential_id":"IDOS_CREDENTIAL_DATA_ID","shared_at":"2020-04-02T13:35:35Z"}}',
    email_changed:
      '{"type":"email_changed","data":{"user_id":"14ec6af0-12f8-4bce-a6ab-01ce87fa1812","email":"john.snow@fractal.id"}}',
    kraken: '{"id":"USER_ID","status":"rejected","note":"Rejection reason"}',
  },
} as const;

/** A secret with this token for each classic type, and none for Kraken. */
export const classicOnly = (token: string = DOCUMENTED.token): string =>
  JSON.stringify(
    Object.fromEntries(Object.keys(DOCUMENTED.payloads).flatMap((type) => (type === 'kraken' ? [] : [[type, token]]))),
  );

export interface VerificationParts {
  readonly status?: 'approved' | 'contacted' | 'rejected';
  readonly user?: string;
  readonly level?: string;
  readonly timestamp?: string;
}

/** The body of a verification notification, by default about a new user. */
export const aVerification = ({
  status = 'approved',
  user = randomUUID(),
  level = 'basic',
  timestamp = '2024-05-06T07:08:09Z',
}: VerificationParts = {}): string =>
  JSON.stringify({ type: `verification_${status}`, data: { level, user_id: user, timestamp } });

export const anEmailChange = (user: string = randomUUID(), email = 'jon@example.com'): string =>
  JSON.stringify({ type: 'email_changed', data: { user_id: user, email } });

/** The body of a result of Kraken, by default about a new user. */
export const aResult = (user: string = randomUUID(), status = 'approved', note?: string): string =>
  JSON.stringify({ id: user, status, note });

export const bytesOf = (body: string | Uint8Array): Buffer => Buffer.from(body as string);

/** The signature header that Fractal sends with this body. */
export const signed = (body: string | Uint8Array, token: string = DOCUMENTED.token): string =>
  sign(bytesOf(body), token, parseNotification(bytesOf(body), Date.now()).type);
