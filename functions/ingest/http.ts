import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { OWN_USER_AGENT } from '../core/own-requests.ts';
import { describeError, type Invocation, log, Problem } from '../log.ts';
import { type Answer, type Delivery, Unavailable, type Why } from './receive.ts';
import { SIGNATURE_HEADER } from './signature.ts';

/** Ingest stops waiting and answers this many milliseconds before the Lambda timeout. */
const RESERVE_MS = 1_000;

/**
 * Seconds. Fractal's first retry comes after 20 s in any case. API Gateway requires header values as text.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
const RETRY_AFTER = '20';

export type Receive = (delivery: Delivery, signal: AbortSignal) => Promise<Answer>;

/**
 * Adapts an API Gateway event (HTTP API, payload format 2.0) to `Receive`. Any error, and a timeout a second before the Lambda
 * timeout, is answered with `503`: Fractal then retries the delivery.
 */
export const createHandler = (receive: Receive) =>
  middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Error, Context>({
    timeoutEarlyInMillis: RESERVE_MS,
    timeoutEarlyResponse: outOfTime,
  })
    .onError((request) => {
      request.response = unavailable(request.error, idsOf(request.event, request.context));
    })
    .handler(async (event, context, { signal }) =>
      respond(await receive(deliveryOf(event), signal), idsOf(event, context), isOwn(event)),
    );

// Middy has just aborted the signal. Wait one turn of the event loop, so that receiving can reject with a more specific error.
const outOfTime = () => new Promise<never>((_, reject) => setImmediate(() => reject(new Problem('out of time'))));

const deliveryOf = (event: APIGatewayProxyEventV2): Delivery => {
  if (event?.version !== '2.0' || !event.headers) throw new Problem('not an HTTP API event of payload format 2.0');
  const { headers, body = '', isBase64Encoded } = event;
  return {
    bytes: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
    signature: Object.entries(headers).find(([name]) => name.toLowerCase() === SIGNATURE_HEADER)?.[1],
  };
};

const isOwn = ({ headers }: APIGatewayProxyEventV2): boolean => headers['user-agent']?.startsWith(OWN_USER_AGENT) ?? false;

/** `apiRequestId` is API Gateway's `$context.requestId`, which is also in the access log. */
interface RequestIds extends Invocation {
  readonly apiRequestId: string | undefined;
}

const idsOf = (event: APIGatewayProxyEventV2, { awsRequestId }: Context): RequestIds => ({
  requestId: awsRequestId,
  apiRequestId: event?.requestContext?.requestId,
});

const respond = (answer: Answer, ids: RequestIds, own: boolean): APIGatewayProxyStructuredResultV2 => {
  switch (answer.kind) {
    case 'accepted': {
      const { id } = answer;
      // The product's own are subtracted from what Fractal has sent, at every log level.
      if (own) log('WARN', 'accepted', { id, own, ...ids });
      else log('INFO', 'accepted', { id });
      return json(202, { status: 'accepted', id });
    }
    case 'parked': {
      const { id, reason } = answer;
      log('WARN', 'parked', { id, reason, ...(own && { own }), ...ids });
      return json(202, { status: 'parked', id, reason });
    }
    case 'refused':
      return refuse(401, answer.error, ids, answer.error === 'signature_mismatch' ? answer.why : undefined);
    case 'too_large':
      return refuse(413, 'body_too_large', ids);
  }
};

// Nothing is kept of a request without a valid signature except that it was refused, and why.
const refuse = (statusCode: number, error: string, ids: RequestIds, why?: Why): APIGatewayProxyStructuredResultV2 => {
  log('WARN', 'refused', { error, ...why, ...ids });
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
