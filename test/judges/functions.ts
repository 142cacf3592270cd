import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { loadBundle } from '../support/bundle.ts';
import { aContext, aRequest } from '../support/lambda.ts';
import { bytesOf, signed } from '../support/notifications.ts';
import type { MotoStack } from './moto-stack.ts';

export type Apply = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** The deployed bundle of apply, on moto. */
export const loadApply = ({ url, outputs }: MotoStack): Promise<Apply> =>
  loadBundle('Apply', { AWS_ENDPOINT_URL: url, TABLE_NAME: outputs.TableName });

type Ingest = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/** The deployed bundle of ingest, on moto, as a function that posts a body to it. */
export const loadIngest = async ({ url, outputs }: MotoStack) => {
  const ingest = await loadBundle<Ingest>('Ingest', {
    AWS_ENDPOINT_URL: url,
    QUEUE_URL: outputs.QueueUrl,
    DEAD_LETTER_QUEUE_URL: outputs.DeadLetterQueueUrl,
    SECRET_ID: outputs.SecretId,
  });
  return async (body: string | Uint8Array, signature = signed(body)) => {
    const headers = { 'x-fractal-signature': signature };
    const request = aRequest({ headers, body: bytesOf(body).toString('base64'), isBase64Encoded: true });
    const answer = await ingest(request, aContext());
    return { status: answer.statusCode, answer: JSON.parse(answer.body ?? '') as Readonly<Record<string, string>> };
  };
};
