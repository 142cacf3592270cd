import { CHECK_REQUEST_ID } from '../core/own-requests.ts';
import type { State } from '../core/state.ts';

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

/** The event of the table's stream for publish: one change, which creates this item. @param now epoch milliseconds */
export const publishEvent = ({ key, attributes, asOf }: State, now: number): unknown => ({
  Records: [
    {
      eventID: 'release-check',
      eventSource: 'aws:dynamodb',
      dynamodb: {
        SequenceNumber: '1',
        ApproximateCreationDateTime: now / 1_000,
        Keys: imageOf(key),
        NewImage: imageOf({ ...key, ...attributes, as_of: asOf }),
      },
    },
  ],
});

const imageOf = (values: object) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'number' ? { N: String(value) } : { S: value }]),
  );
