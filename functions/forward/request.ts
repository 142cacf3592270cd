import { createHmac } from 'node:crypto';

/** A request with an event, as a backend gets it. */
export interface ForwardRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The request for an event, signed by Standard Webhooks: libraries in many languages verify it.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 *
 * @param id the same for each attempt and each repetition of the event
 * @param secrets base64, perhaps after `whsec_`; of several, a receiver needs to know one
 * @param now epoch milliseconds: receivers refuse a request that is minutes old
 */
export const requestOf = (id: string, body: string, secrets: readonly string[], now: number): ForwardRequest => {
  const timestamp = String(Math.floor(now / 1_000));
  const signatures = secrets.map((secret) => `v1,${sign(secret, `${id}.${timestamp}.${body}`)}`);
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'fractal-webhooks',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatures.join(' '),
    },
  };
};

const sign = (secret: string, content: string): string =>
  createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    .update(content)
    .digest('base64');
