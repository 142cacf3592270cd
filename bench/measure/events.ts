import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2, SQSEvent } from 'aws-lambda';
import { chunk } from '../../functions/chunk.ts';
import { sign } from '../../functions/ingest/signature.ts';
import type { Implementation } from '../implementations.ts';

export const TOKEN = '9d7e80c0f169ab94d34392d64617b7517fb07c40';

/** The body of a verification for this user, as Fractal sends it. */
export const aBody = (user: string = randomUUID(), timestamp = new Date().toISOString().replace(/\.\d+/, '')): string =>
  JSON.stringify({ type: 'verification_approved', data: { level: 'basic', user_id: user, timestamp } });

/** A delivery as API Gateway passes it to ingest. */
export const aDelivery = (body: string = aBody()): Partial<APIGatewayProxyEventV2> => ({
  version: '2.0',
  routeKey: 'POST /webhooks/fractal',
  rawPath: '/webhooks/fractal',
  headers: { 'content-type': 'application/json', 'x-fractal-signature': sign(Buffer.from(body), TOKEN) },
  requestContext: { requestId: 'bench', stage: '$default', http: { method: 'POST', path: '/webhooks/fractal' } } as never,
  body,
  isBase64Encoded: false,
});

/** A batch with these bodies, as Lambda passes it to apply. */
export const aBatch = (implementation: Implementation, bodies: readonly string[]): SQSEvent =>
  aBatchOf(bodies.map(implementation.message));

/** A batch of messages that ingest sent. */
export const aBatchOf = (messages: readonly string[]): SQSEvent => ({
  Records: messages.map((body) => ({
    messageId: randomUUID(),
    receiptHandle: 'bench',
    body,
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: '0', SenderId: 'bench', ApproximateFirstReceiveTimestamp: '0' },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:queue',
    awsRegion: 'eu-central-1',
  })),
});

/** Bodies for one user each; with `hot`, half of them for the same user. Each is newer than the previous one. */
export const bodies = (count: number, half: 'uniform' | 'hot' = 'uniform'): string[] => {
  const start = Date.parse('2024-01-01T00:00:00Z');
  return Array.from({ length: count }, (_, index) =>
    aBody(
      half === 'hot' && index % 2 === 0 ? 'hot' : randomUUID(),
      new Date(start + index * 1_000).toISOString().replace('.000', ''),
    ),
  );
};

/** Batches of this size with these bodies; the last may be smaller. */
export const batches = (implementation: Implementation, bodies: readonly string[], size: number): SQSEvent[] =>
  chunk(bodies, size).map((part) => aBatch(implementation, part));
