import { describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { refusal } from '../../../functions/core/refusal.ts';
import { createHandler, type Receive } from '../../../functions/ingest/http.ts';
import { type Answer, type Delivery, Unavailable } from '../../../functions/ingest/receive.ts';
import { Problem } from '../../../functions/log.ts';
import { aContext, aRequest, logged } from '../../support/lambda.ts';

const ACCEPTED: Answer = { kind: 'accepted', id: 'abc' };
const WHY = refusal('unknown');
const IDS = { requestId: 'lambda-request', apiRequestId: 'api-request' };

const answerOf = async (receive: Receive, remainingMs?: number, event: unknown = aRequest({ body: '{}' })) => {
  let answer: Awaited<ReturnType<ReturnType<typeof createHandler>>> | undefined;
  const log = await logged(async () => {
    answer = await createHandler(receive)(event as APIGatewayProxyEventV2, aContext(remainingMs));
  });
  return { status: answer?.statusCode, headers: answer?.headers, body: JSON.parse(answer?.body ?? ''), log };
};

describe('the HTTP handler', () => {
  test.each<[Answer, number, object]>([
    [ACCEPTED, 202, { status: 'accepted', id: 'abc' }],
    [{ kind: 'parked', id: 'abc', reason: 'not_json' }, 202, { status: 'parked', id: 'abc', reason: 'not_json' }],
    [{ kind: 'refused', error: 'signature_missing' }, 401, { error: 'signature_missing' }],
    [{ kind: 'refused', error: 'signature_mismatch', why: WHY }, 401, { error: 'signature_mismatch' }],
    [{ kind: 'too_large' }, 413, { error: 'body_too_large' }],
  ])('answers %j', async (answer, status, body) => {
    expect(await answerOf(async () => answer)).toMatchObject({ status, body, headers: { 'content-type': 'application/json' } });
  });

  test('answers 503 with Retry-After on any error', async () => {
    const receive = async () => {
      throw new TypeError('Unexpected token in john@example.com');
    };
    const { status, headers, body, log } = await answerOf(receive);
    expect({ status, body }).toEqual({ status: 503, body: { error: 'unavailable' } });
    expect(JSON.parse(log)).toMatchObject({ level: 'ERROR', message: 'unavailable', problem: 'TypeError' });
    // Header values must be text, as documented.
    expect(headers).toEqual({ 'content-type': 'application/json', 'retry-after': '20' });
  });

  test.each([null, {}, 'text', { Records: [] }, { version: '1.0', headers: {}, body: '{}' }, { version: '2.0', body: '{}' }])(
    'answers 503 to %j, and logs that it is not an HTTP API event',
    async (event) => {
      const { status, log } = await answerOf(async () => ACCEPTED, undefined, event);
      expect(status).toBe(503);
      expect(JSON.parse(log)).toEqual({
        timestamp: expect.any(String),
        level: 'ERROR',
        message: 'unavailable',
        problem: 'not an HTTP API event of payload format 2.0',
        requestId: 'lambda-request',
      });
    },
  );

  test('answers 503 a second before the timeout, and aborts pending calls', async () => {
    let aborted = false;
    const receive: Receive = (_, signal) => {
      const late = Promise.withResolvers<Answer>();
      const timer = setTimeout(() => late.resolve(ACCEPTED), 1_000);
      signal.addEventListener('abort', () => {
        aborted = true;
        clearTimeout(timer);
      });
      return late.promise;
    };
    const { status, log } = await answerOf(receive, 1_200);
    expect({ status, aborted }).toEqual({ status: 503, aborted: true });
    expect(JSON.parse(log)).toMatchObject({ level: 'ERROR', message: 'unavailable', problem: 'out of time' });
  });

  test('answers 503 even if less than a second was left at the start', async () => {
    const receive: Receive = () => new Promise(() => {});
    for (const remainingMs of [500, 0, -1_000]) expect(await answerOf(receive, remainingMs)).toMatchObject({ status: 503 });
  });

  test('logs on timeout what receiving was waiting for', async () => {
    const receive: Receive = (_, signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Unavailable('tokens', new Problem('out of time waiting for it')))),
      );
    const { status, log } = await answerOf(receive, 1_010);
    expect(status).toBe(503);
    expect(JSON.parse(log)).toMatchObject({ missing: 'tokens', problem: 'out of time waiting for it' });
  });

  test.each([
    ['text', { body: '{"é":1}' }, Buffer.from('{"é":1}')],
    ['base64', { body: Buffer.from([0, 255]).toString('base64'), isBase64Encoded: true }, Buffer.from([0, 255])],
    ['nothing', {}, Buffer.alloc(0)],
  ])('passes on the raw bytes of a body that arrives as %s', async (_, parts, bytes) => {
    const deliveries: Delivery[] = [];
    await logged(() =>
      createHandler(async (delivery) => {
        deliveries.push(delivery);
        return ACCEPTED;
      })(aRequest(parts), aContext()),
    );
    expect(deliveries).toEqual([{ bytes, signature: undefined }]);
  });

  test.each(['x-fractal-signature', 'X-Fractal-Signature', 'X-FRACTAL-SIGNATURE'])(
    'finds the signature in %s',
    async (header) => {
      let signature: string | undefined;
      await logged(() =>
        createHandler(async (delivery) => {
          signature = delivery.signature;
          return ACCEPTED;
        })(aRequest({ headers: { host: 'x', [header]: 'sha1=1' } }), aContext()),
      );
      expect(signature).toBe('sha1=1');
    },
  );

  test('logs one short line per accepted delivery, with its id and nothing else', async () => {
    const { log } = await answerOf(async () => ACCEPTED);
    expect(log).toMatch(/^{"timestamp":"[^"]{24}","level":"INFO","message":"accepted","id":"abc"}\n$/);
  });

  test.each<Answer>([ACCEPTED, { kind: 'parked', id: 'abc', reason: 'not_json' }])(
    "logs a warning that marks the product's own delivery: %j",
    async (answer) => {
      const { log } = await answerOf(
        async () => answer,
        undefined,
        aRequest({ headers: { 'user-agent': 'fractal-webhooks/1.2.3' } }),
      );
      expect(JSON.parse(log)).toMatchObject({ level: 'WARN', message: answer.kind, id: 'abc', own: true, ...IDS });
      for (const agent of ['curl/8', 'x fractal-webhooks/1.2.3']) {
        const other = await answerOf(async () => answer, undefined, aRequest({ headers: { 'user-agent': agent } }));
        expect(JSON.parse(other.log)).not.toHaveProperty('own');
      }
    },
  );

  test('does not mark a refused request, whatever its user agent', async () => {
    const event = aRequest({ headers: { 'user-agent': 'fractal-webhooks/1.2.3' } });
    const { log } = await answerOf(async () => ({ kind: 'refused', error: 'signature_missing' }), undefined, event);
    expect(JSON.parse(log)).not.toHaveProperty('own');
  });

  test.each<[Answer | Error, object]>([
    [
      { kind: 'parked', id: 'abc', reason: 'not_json' },
      { level: 'WARN', message: 'parked', id: 'abc', reason: 'not_json' },
    ],
    [
      { kind: 'refused', error: 'signature_missing' },
      { level: 'WARN', message: 'refused', error: 'signature_missing' },
    ],
    [
      { kind: 'refused', error: 'signature_mismatch', why: WHY },
      { level: 'WARN', message: 'refused', error: 'signature_mismatch', cause: 'unknown', entry: 'none', type: 'none' },
    ],
    [{ kind: 'too_large' }, { level: 'WARN', message: 'refused', error: 'body_too_large' }],
    [
      new Unavailable('queue', new Problem('does not exist')),
      { level: 'ERROR', message: 'unavailable', missing: 'queue', problem: 'does not exist' },
    ],
  ])(
    "logs a warning or an error for %j, with the request ids of Lambda and of API Gateway's access log",
    async (answer, line) => {
      const { log } = await answerOf(async () => {
        if (answer instanceof Error) throw answer;
        return answer;
      });
      expect(JSON.parse(log)).toEqual({ timestamp: expect.any(String), ...line, ...IDS });
    },
  );
});
