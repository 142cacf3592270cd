/** The event with which API Gateway would invoke ingest, payload 2.0, as far as ingest looks at it. */
export const askedOfIngest = (bytes: Uint8Array, signature: string): unknown => ({
  version: '2.0',
  headers: { 'content-type': 'application/json', 'x-fractal-signature': signature },
  requestContext: { requestId: 'release-check' },
  body: Buffer.from(bytes).toString('base64'),
  isBase64Encoded: true,
});

/** The event with which Lambda would invoke apply: a batch of one message. */
export const askedOfApply = (body: string): unknown => ({
  Records: [{ messageId: 'release-check', eventSource: 'aws:sqs', attributes: {}, body }],
});
