import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeEnvelope } from '../../functions/core/envelope.ts';
import { MAX_BODY_BYTES } from '../../functions/ingest/receive.ts';
import { CORPUS } from '../support/hostile.ts';
import { logged } from '../support/lambda.ts';
import { aVerification, bytesOf, DOCUMENTED, signed } from '../support/notifications.ts';
import { loadIngest } from './functions.ts';
import { type MotoStack, startMotoStack } from './moto-stack.ts';
import { createQueue } from './queue.ts';

let moto: MotoStack;
let post: Awaited<ReturnType<typeof loadIngest>>;
let queue: ReturnType<typeof createQueue>;
let deadLetterQueue: ReturnType<typeof createQueue>;

beforeAll(async () => {
  moto = await startMotoStack();
  post = await loadIngest(moto);
  queue = createQueue(moto.sqs, moto.outputs.QueueUrl);
  deadLetterQueue = createQueue(moto.sqs, moto.outputs.DeadLetterQueueUrl);
});

afterAll(() => moto.stop());

const putToken = (SecretString: string) =>
  moto.secrets.send(new PutSecretValueCommand({ SecretId: moto.outputs.SecretId, SecretString }));

const envelopes = async (from: typeof queue) => (await from.take()).map(({ Body = '' }) => decodeEnvelope(Body));

/** Posts a signed body, and expects it to be the only message on the queues, with unchanged bytes. */
const expectKept = async (body: string | Uint8Array): Promise<string> => {
  const { status, answer } = await post(body);
  expect(status).toBe(202);
  const kept = { accepted: await envelopes(queue), parked: await envelopes(deadLetterQueue) };
  const [envelope] = kept[answer.status as keyof typeof kept];
  expect(kept.accepted.length + kept.parked.length).toBe(1);
  expect(envelope?.id).toBe(answer.id);
  expect(envelope?.parked?.reason).toBe(answer.reason);
  expect(Buffer.from(envelope?.bytes ?? []).equals(bytesOf(body))).toBe(true);
  return answer.status as string;
};

const quietly = (work: () => Promise<unknown>) => async () => void (await logged(work));

describe('ingest, on moto,', () => {
  test(
    'refuses everything while the secret has its initial value',
    quietly(async () => {
      expect(await post(DOCUMENTED.signedBody, DOCUMENTED.signature)).toMatchObject({ status: 401 });
    }),
  );

  test(
    "accepts the example of Fractal's documentation once its token is in the secret, and enqueues its bytes",
    quietly(async () => {
      await putToken(DOCUMENTED.token);
      expect(DOCUMENTED.signature).toBe(signed(DOCUMENTED.signedBody));
      expect(await expectKept(DOCUMENTED.signedBody)).toBe('accepted');
    }),
  );

  test(
    'accepts a new token as well as the old one',
    quietly(async () => {
      await putToken(JSON.stringify({ '*': ['new', DOCUMENTED.token] }));
      const body = aVerification();
      expect(await post(body, signed(body, 'new'))).toMatchObject({ status: 202 });
      expect(await post(body)).toMatchObject({ status: 202 });
      expect(await queue.take()).toHaveLength(2);
    }),
  );

  test.each(CORPUS)('enqueues or parks %s', async (_, body) => {
    await logged(() => expectKept(body));
  });

  test(
    'enqueues the largest body, in its largest encoding',
    quietly(async () => {
      expect(await expectKept('\u0000'.repeat(MAX_BODY_BYTES))).toBe('parked');
    }),
  );
});
