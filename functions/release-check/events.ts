import { CHECK_REQUEST_ID } from '../core/own-requests.ts';

/** The API Gateway event (payload format 2.0), with the fields that ingest reads. */
export const ingestEvent = (bytes: Uint8Array, signature: string): unknown => ({
  version: '2.0',
  headers: { 'content-type': 'application/json', 'x-fractal-signature': signature },
  requestContext: { requestId: CHECK_REQUEST_ID },
  body: Buffer.from(bytes).toString('base64'),
  isBase64Encoded: true,
});

/** The SQS event for apply: a batch of one message. */
export const applyEvent = (body: string): unknown => ({
  Records: [{ messageId: 'release-check', eventSource: 'aws:sqs', attributes: {}, body }],
});
