import { describe, expect, test } from '@jest/globals';
import { createHandler, type Receive } from '../../../functions/ingest/http.ts';
import type { Answer, Delivery } from '../../../functions/ingest/receive.ts';
import { aContext, aRequest, logged } from '../../support/lambda.ts';

const ACCEPTED: Answer = { kind: 'accepted', id: 'abc' };

const answerOf = async (receive: Receive, remainingMs?: number) => {
  let answer: Awaited<ReturnType<ReturnType<typeof createHandler>>> | undefined;
  const log = await logged(async () => {
    answer = await createHandler(receive)(aRequest({ body: '{}' }), aContext(remainingMs));
  });
  return { status: answer?.statusCode, headers: answer?.headers, body: JSON.parse(answer?.body ?? ''), log };
};

describe('the edge to API Gateway', () => {
  test.each<[Answer, number, object]>([
    [ACCEPTED, 202, { status: 'accepted', id: 'abc' }],
    [{ kind: 'parked', id: 'abc', reason: 'not_json' }, 202, { status: 'parked', id: 'abc', reason: 'not_json' }],
    [{ kind: 'refused', error: 'signature_missing' }, 401, { error: 'signature_missing' }],
    [{ kind: 'refused', error: 'signature_mismatch' }, 401, { error: 'signature_mismatch' }],
    [{ kind: 'too_large' }, 413, { error: 'body_too_large' }],
  ])('answers %j', async (answer, status, body) => {
    expect(await answerOf(async () => answer)).toMatchObject({ status, body, headers: { 'content-type': 'application/json' } });
  });

  test('answers 503, with when to try again, whatever throws', async () => {
    const receive = async () => {
      throw new TypeError('Unexpected token in john@example.com');
    };
    const { status, headers, body, log } = await answerOf(receive);
    expect({ status, body }).toEqual({ status: 503, body: { error: 'unavailable' } });
    expect(headers).toMatchObject({ 'retry-after': expect.any(Number) });
    expect(JSON.parse(log)).toMatchObject({ level: 'ERROR', message: 'unavailable', problem: 'TypeError' });
  });

  test('answers 503 a second before its time is up, and ends what was under way', async () => {
    let aborted = false;
    const receive: Receive = (_, signal) => new Promise(() => signal.addEventListener('abort', () => (aborted = true)));
    const started = Date.now();
    const { status, log } = await answerOf(receive, 1_200);
    expect(Date.now() - started).toBeLessThan(1_000);
    expect({ status, aborted }).toEqual({ status: 503, aborted: true });
    expect(log).toContain('out of time');
  });

  test.each([
    ['text', { body: '{"é":1}' }, Buffer.from('{"é":1}')],
    ['base64', { body: Buffer.from([0, 255]).toString('base64'), isBase64Encoded: true }, Buffer.from([0, 255])],
    ['nothing', {}, Buffer.alloc(0)],
  ])('hands on the raw bytes of a body that comes as %s', async (_, parts, bytes) => {
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

  test('logs one short line per delivery, with its id and without its content', async () => {
    const { log } = await answerOf(async () => ACCEPTED);
    expect(JSON.parse(log)).toEqual({
      timestamp: expect.any(String),
      level: 'INFO',
      message: 'accepted',
      id: 'abc',
    });
  });
});
