import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { describeError, type Invocation, log, Problem } from '../log.ts';
import { type Answer, type Delivery, Unavailable } from './receive.ts';
import { SIGNATURE_HEADER } from './signature.ts';

/** How long before Lambda's own time limit ingest gives up and answers, in milliseconds. */
const RESERVE_MS = 1_000;

/**
 * In seconds. Fractal's first retry comes after 20 s in any case. API Gateway takes the values of headers as text.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
const RETRY_AFTER = '20';

export type Receive = (delivery: Delivery, signal: AbortSignal) => Promise<Answer>;

/**
 * The edge between API Gateway (HTTP API, payload 2.0) and receiving. Whatever throws, or is not done a second before
 * Lambda's time limit, is answered `503`: Fractal then sends the delivery again.
 */
export const createHandler = (receive: Receive) =>
  middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Error, Context>({
    timeoutEarlyInMillis: RESERVE_MS,
    timeoutEarlyResponse: outOfTime,
  })
    .onError((request) => {
      request.response = unavailable(request.error, idsOf(request.event, request.context));
    })
    .handler(async (event, context, { signal }) => respond(await receive(deliveryOf(event), signal), idsOf(event, context)));

// Middy has just aborted the signal. Within this turn of the event loop receiving says itself what it was waiting for.
const outOfTime = () => new Promise<never>((_, reject) => setImmediate(() => reject(new Problem('out of time'))));

const deliveryOf = (event: APIGatewayProxyEventV2): Delivery => {
  if (event?.version !== '2.0' || !event.headers) throw new Problem('not an HTTP API event of payload format 2.0');
  const { headers, body = '', isBase64Encoded } = event;
  return {
    bytes: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
    signature: Object.entries(headers).find(([name]) => name.toLowerCase() === SIGNATURE_HEADER)?.[1],
  };
};

/** `apiRequestId` is API Gateway's `$context.requestId`, by which the access log names the same request. */
interface RequestIds extends Invocation {
  readonly apiRequestId: string | undefined;
}

const idsOf = (event: APIGatewayProxyEventV2, { awsRequestId }: Context): RequestIds => ({
  requestId: awsRequestId,
  apiRequestId: event?.requestContext?.requestId,
});

const respond = (answer: Answer, ids: RequestIds): APIGatewayProxyStructuredResultV2 => {
  switch (answer.kind) {
    case 'accepted': {
      const { id } = answer;
      log('INFO', 'accepted', { id });
      return json(202, { status: 'accepted', id });
    }
    case 'parked': {
      const { id, reason } = answer;
      log('WARN', 'parked', { id, reason, ...ids });
      return json(202, { status: 'parked', id, reason });
    }
    case 'refused':
      return refuse(401, answer.error, ids);
    case 'too_large':
      return refuse(413, 'body_too_large', ids);
  }
};

// Of who can't sign nothing is kept but that they came.
const refuse = (statusCode: number, error: string, ids: RequestIds): APIGatewayProxyStructuredResultV2 => {
  log('WARN', 'refused', { error, ...ids });
  return json(statusCode, { error });
};

const unavailable = (error: unknown, ids: RequestIds): APIGatewayProxyStructuredResultV2 => {
  const { missing, cause } = error instanceof Unavailable ? error : { missing: undefined, cause: error };
  log('ERROR', 'unavailable', { missing, problem: describeError(cause), ...ids });
  return json(503, { error: 'unavailable' }, { 'retry-after': RETRY_AFTER });
};

const json = (
  statusCode: number,
  body: Record<string, string>,
  headers: Record<string, string> = {},
): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
