import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { getSecret } from '@aws-lambda-powertools/parameters/secrets';
import { parse } from '@aws-lambda-powertools/parser';
import { JSONStringified } from '@aws-lambda-powertools/parser/helpers';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { NotificationSchema } from './notification.ts';

// Powertools for AWS Lambda (TypeScript) with middy, combined as its documentation recommends: logger with the Lambda context,
// metrics, tracer with a captured client, parser with zod, and the secret from parameters with a maximum age.

const logger = new Logger({ serviceName: 'webhooks' });
const metrics = new Metrics({ namespace: 'FractalWebhooks', serviceName: 'webhooks' });
const tracer = new Tracer({ serviceName: 'webhooks' });
const sqs = tracer.captureAWSv3Client(new SQSClient({}));

const answer = (statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const isAuthentic = (bytes: Buffer, token: string, signature: string): boolean => {
  const given = Buffer.from(signature);
  const expected = Buffer.from(`sha1=${createHmac('sha1', token).update(bytes).digest('hex')}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
};

const send = (QueueUrl: string | undefined, message: unknown) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));

export const handler = middy(async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > 128 * 1024) return answer(413, { error: 'body_too_large' });
  const signature = event.headers['x-fractal-signature'];
  if (!signature) {
    metrics.addMetric('refused', MetricUnit.Count, 1);
    return answer(401, { error: 'signature_missing' });
  }
  try {
    const token = await getSecret(process.env.SECRET_ID ?? '', { maxAge: 300 });
    if (typeof token !== 'string' || !isAuthentic(bytes, token.trim(), signature)) {
      metrics.addMetric('refused', MetricUnit.Count, 1);
      logger.warn('refused');
      return answer(401, { error: 'signature_mismatch' });
    }
    const id = createHash('sha256').update(bytes).digest('hex').slice(0, 24);
    const parsed = parse(bytes.toString(), undefined, JSONStringified(NotificationSchema), true);
    if (parsed.success) {
      await send(process.env.QUEUE_URL, { id, received_at: Date.now(), notification: parsed.data });
      metrics.addMetric('accepted', MetricUnit.Count, 1);
      logger.info('accepted', { id, type: parsed.data.type });
      return answer(202, { status: 'accepted', id });
    }
    await send(process.env.DEAD_LETTER_QUEUE_URL, { id, received_at: Date.now(), body: bytes.toString('base64') });
    metrics.addMetric('parked', MetricUnit.Count, 1);
    logger.warn('parked', { id });
    return answer(202, { status: 'parked', id });
  } catch (error) {
    logger.error('unavailable', error as Error);
    return answer(503, { error: 'unavailable' });
  }
})
  .use(captureLambdaHandler(tracer))
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics, { captureColdStartMetric: true }));
