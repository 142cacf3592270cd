import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import fc from 'fast-check';
import { startEndpoint } from '../../../emulator/endpoint/endpoint.ts';
import { createSecretsManager } from '../../../emulator/engines/secrets/secrets-manager.ts';
import { startSqs } from '../../../emulator/engines/sqs/fauxqs.ts';
import { createQueue } from '../../../emulator/resources/queue.ts';
import { decodeEnvelope } from '../../../functions/core/envelope.ts';
import { loadBundle } from '../../support/bundle.ts';
import { runsOf } from '../../support/effort.ts';
import { CORPUS, lookalikes, wrongSignatures } from '../../support/hostile.ts';
import { aContext, aRequest, logged } from '../../support/lambda.ts';
import { aVerification, bytesOf, DOCUMENTED, signed } from '../../support/notifications.ts';

const RUNS = runsOf(1_000, 50);
const running = new AsyncDisposableStack();
const rejections: unknown[] = [];
let ingest: (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;
let sqs: SQSClient;
let queueUrl: string;
let deadLetterQueueUrl: string;

beforeAll(async () => {
  process.on('unhandledRejection', (reason) => rejections.push(reason));
  const endpoint = await startEndpoint();
  running.defer(() => endpoint.stop());
  const queues = await startSqs('eu-central-1', undefined);
  running.defer(() => queues.stop());
  const secrets = await createSecretsManager(undefined);
  await secrets.create({ name: 'tokens', arn: 'arn:tokens', initial: DOCUMENTED.token, override: true });
  endpoint.services.set('sqs', queues.serve);
  endpoint.services.set('secretsmanager', secrets.serve);
  sqs = new SQSClient({
    endpoint: endpoint.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  const create = createQueue(sqs, { stackName: 'Test', endpointUrl: endpoint.url, visibilityTimeout: undefined });
  queueUrl = (await create('Queue', {})).ref;
  deadLetterQueueUrl = (await create('DeadLetterQueue', {})).ref;
  ingest = await loadBundle('Ingest', {
    QUEUE_URL: queueUrl,
    DEAD_LETTER_QUEUE_URL: deadLetterQueueUrl,
    SECRET_ID: 'tokens',
    AWS_ENDPOINT_URL: endpoint.url,
  });
});

afterAll(async () => {
  await running.disposeAsync();
  expect(rejections).toEqual([]);
});

/** Receives and deletes the next message of a queue; `undefined` if it is empty. */
const take = async (QueueUrl: string): Promise<Message | undefined> => {
  const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  if (message) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  return message;
};

const post = (event: Partial<APIGatewayProxyEventV2>) => ingest(aRequest(event), aContext());

const expectNothingKept = async () =>
  expect([await take(queueUrl), await take(deadLetterQueueUrl)]).toEqual([undefined, undefined]);

/** Posts a validly signed body, and expects it to be accepted or parked, with its bytes unchanged on that queue. */
const expectKept = async (body: string | Uint8Array): Promise<string> => {
  const bytes = bytesOf(body);
  const answer = await post({
    headers: { 'x-fractal-signature': signed(bytes) },
    body: bytes.toString('base64'),
    isBase64Encoded: true,
  });
  expect(answer.statusCode).toBe(202);
  const { status, id } = JSON.parse(answer.body ?? '');
  const envelope = decodeEnvelope((await take(status === 'accepted' ? queueUrl : deadLetterQueueUrl))?.Body ?? '');
  expect(envelope?.id).toBe(id);
  expect(Buffer.from(envelope?.bytes ?? []).equals(bytes)).toBe(true);
  await expectNothingKept();
  return status;
};

const quietly = (work: () => Promise<void>) => async () => {
  await logged(work);
};

describe('the deployed bundle of ingest', () => {
  test(
    'refuses every malformed signature, for any body in any encoding, and keeps nothing',
    quietly(() =>
      fc
        .assert(
          fc.asyncProperty(wrongSignatures, fc.uint8Array(), fc.boolean(), async (signature, bytes, isBase64Encoded) => {
            const body = Buffer.from(bytes).toString(isBase64Encoded ? 'base64' : 'utf8');
            const { statusCode } = await post({ headers: { 'x-fractal-signature': signature }, body, isBase64Encoded });
            expect(statusCode).toBe(401);
          }),
          RUNS,
        )
        .then(expectNothingKept),
    ),
  );

  test(
    'refuses a repeated header, even if one value is valid',
    quietly(async () => {
      const body = aVerification();
      const twice = `${signed(body)},${signed(body)}`;
      expect((await post({ headers: { 'x-fractal-signature': twice }, body })).statusCode).toBe(401);
    }),
  );

  test(
    'reads the signature header in upper, lower and mixed case',
    quietly(() =>
      fc.assert(
        fc.asyncProperty(fc.mixedCase(fc.constant('x-fractal-signature')), async (name) => {
          const body = aVerification();
          expect((await post({ headers: { [name]: signed(body) }, body })).statusCode).toBe(202);
          await take(queueUrl);
        }),
        runsOf(50, 50),
      ),
    ),
  );

  test(
    'enqueues or parks any signed bytes',
    quietly(() =>
      fc.assert(
        fc.asyncProperty(fc.uint8Array(), async (bytes) => void (await expectKept(bytes))),
        runsOf(500, 25),
      ),
    ),
  );

  test(
    'enqueues or parks any signed lookalike of a notification, and understands some of them',
    quietly(async () => {
      const seen = new Set<string>();
      await fc.assert(
        fc.asyncProperty(lookalikes, async (body) => void seen.add(await expectKept(body))),
        RUNS,
      );
      expect(seen).toEqual(new Set(['accepted', 'parked']));
    }),
  );

  test.each(CORPUS)('enqueues or parks %s', async (_, body) => {
    await logged(() => expectKept(body));
  });
});
