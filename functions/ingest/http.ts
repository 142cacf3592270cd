import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { describeError, log, Problem } from '../log.ts';
import { type Answer, type Delivery, Unavailable } from './receive.ts';
import { SIGNATURE_HEADER } from './signature.ts';

/** How long before Lambda's own time limit ingest gives up and answers, in milliseconds. */
const RESERVE_MS = 1_000;

/** In seconds. Fractal's first retry comes after 20 s in any case. */
const RETRY_AFTER = 20;

export type Receive = (delivery: Delivery, signal: AbortSignal) => Promise<Answer>;

/**
 * The edge between API Gateway (HTTP API, payload 2.0) and receiving. Whatever throws, or is not done a second before
 * Lambda's time limit, is answered `503`: Fractal then sends the delivery again.
 */
export const createHandler = (receive: Receive) =>
  middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Error, Context>({
    timeoutEarlyInMillis: RESERVE_MS,
    timeoutEarlyResponse: () => unavailable(new Problem('out of time')),
  })
    .onError((request) => {
      request.response = unavailable(request.error);
    })
    .handler(async (event, _context, { signal }) => respond(await receive(deliveryOf(event), signal)));

const deliveryOf = ({ headers, body = '', isBase64Encoded }: APIGatewayProxyEventV2): Delivery => ({
  bytes: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  signature: Object.entries(headers).find(([name]) => name.toLowerCase() === SIGNATURE_HEADER)?.[1],
});

const respond = (answer: Answer): APIGatewayProxyStructuredResultV2 => {
  switch (answer.kind) {
    case 'accepted': {
      const { id } = answer;
      log('INFO', 'accepted', { id });
      return json(202, { status: 'accepted', id });
    }
    case 'parked': {
      const { id, reason } = answer;
      log('WARN', 'parked', { id, reason });
      return json(202, { status: 'parked', id, reason });
    }
    case 'refused':
      return refuse(401, answer.error);
    case 'too_large':
      return refuse(413, 'body_too_large');
  }
};

// Of who can't sign nothing is kept but that they came.
const refuse = (statusCode: number, error: string): APIGatewayProxyStructuredResultV2 => {
  log('INFO', 'refused', { error });
  return json(statusCode, { error });
};

const unavailable = (error: unknown): APIGatewayProxyStructuredResultV2 => {
  const { missing, cause } = error instanceof Unavailable ? error : { missing: undefined, cause: error };
  log('ERROR', 'unavailable', { missing, problem: describeError(cause) });
  return json(503, { error: 'unavailable' }, { 'retry-after': RETRY_AFTER });
};

const json = (
  statusCode: number,
  body: Record<string, string>,
  headers: Record<string, number> = {},
): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
