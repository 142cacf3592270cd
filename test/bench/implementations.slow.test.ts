import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bundleImplementations, type Implementation } from '../../bench/implementations.ts';
import { aBatch, aDelivery, TOKEN } from '../../bench/measure/events.ts';
import { nextMessage, spawnMeasured } from '../../bench/measure/processes.ts';
import type { Stand } from '../../bench/stand.ts';
import { anEmailChange, aVerification } from '../support/notifications.ts';

let implementations: Implementation[];
let standProcess: ChildProcess;
let stand: Stand;
let client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };

beforeAll(async () => {
  implementations = await bundleImplementations();
  standProcess = fork(resolve(import.meta.dirname, '../../bench/stand.ts'), ['dynalite'], { env: { ...process.env, TOKEN } });
  const [started] = (await once(standProcess, 'message')) as [Stand];
  // The bench's stand continuously empties its other queue.
  stand = { ...started, QUEUE_URL: started.END_TO_END_QUEUE_URL as string };
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  client = { endpoint: stand.AWS_ENDPOINT_URL as string, region: 'eu-central-1', credentials };
});

afterAll(() => standProcess.disconnect());

const named = (name: string): Implementation => implementations.find((one) => one.name === name) as Implementation;

const invoke = async (
  implementation: Implementation,
  name: 'ingest' | 'apply',
  event: unknown,
): Promise<Record<string, unknown>> => {
  const { child } = spawnMeasured('cold', implementation[name], implementation, stand, event);
  const { result } = await nextMessage<{ result: Record<string, unknown> }>(child);
  child.kill('SIGKILL');
  return result;
};

const NEWEST = aVerification({ user: 'a', status: 'rejected', timestamp: '2024-05-03T00:00:00Z' });
const HISTORY = [
  aVerification({ user: 'a', timestamp: '2024-05-02T00:00:00Z' }),
  NEWEST,
  aVerification({ user: 'a', status: 'contacted', timestamp: '2024-05-03T00:00:00Z' }),
  aVerification({ user: 'a', timestamp: '2024-05-01T00:00:00Z' }),
  aVerification({ user: 'a', level: 'plus' }),
  anEmailChange('a', 'jon@example.com'),
  JSON.stringify({
    type: 'credential_shared',
    data: { idos_human_id: 'h', credential_id: 'c', shared_at: '2024-05-01T00:00:00Z' },
  }),
];

describe.each(['ours', 'floor', 'recommended'])('%s', (name) => {
  test.each<[string, Record<string, unknown>, number]>([
    ['a signed notification', aDelivery(aVerification()), 202],
    ['a body that is not understood', aDelivery('{"type":"verification_paused","data":{}}'), 202],
    ['an invalid time', aDelivery(aVerification({ timestamp: 'yesterday' })), 202],
    ['an invalid signature', { ...aDelivery(), headers: { 'x-fractal-signature': 'sha1=00' } }, 401],
    ['no signature', { ...aDelivery(), headers: {} }, 401],
  ])('answers %s', async (_, event, status) => {
    expect(await invoke(named(name), 'ingest', event)).toMatchObject({ statusCode: status });
  });

  test('enqueues a message that its apply understands, with the trace header', async () => {
    const sqs = new SQSClient(client);
    const receive = async () => {
      const queue = { QueueUrl: stand.QUEUE_URL, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All' as const] };
      return (await sqs.send(new ReceiveMessageCommand(queue))).Messages ?? [];
    };
    await receive();
    const body = aVerification();
    expect(await invoke(named(name), 'ingest', aDelivery(body))).toMatchObject({ statusCode: 202 });
    const [message] = await receive();
    const ignoringTime = (text = '') => text.replace(/"received_at":\d+/, '').replace(/"signature_sha256":"[\da-f]{64}"/, '');
    expect(ignoringTime(message?.Body)).toBe(ignoringTime(named(name).message(body)));
  });

  test.each([
    ['in order', HISTORY],
    ['in reverse', HISTORY.toReversed()],
  ])('ends with the newest state in the table, %s, with a repeated message', async (_, history) => {
    const [user, human] = [`${name}-${_}`, `${name}-${_}-h`];
    const own = history.map((body) =>
      body.replace('"user_id":"a"', `"user_id":"${user}"`).replace('"idos_human_id":"h"', `"idos_human_id":"${human}"`),
    );
    for (const body of [...own, own[0] as string]) {
      expect(await invoke(named(name), 'apply', aBatch(named(name), [body]))).toEqual({ batchItemFailures: [] });
    }
    const { Items = [] } = await new DynamoDBClient(client).send(new ScanCommand({ TableName: stand.TABLE_NAME }));
    const mine = Items.filter(({ pk }) => pk?.S === `USER#${user}` || pk?.S === `HUMAN#${human}`);
    expect(mine.map(({ sk }) => sk?.S).sort()).toEqual(['CREDENTIAL#c', 'EMAIL', 'LEVEL#basic', 'LEVEL#plus']);
    expect(mine.find(({ sk }) => sk?.S === 'LEVEL#basic')).toMatchObject({
      status: { S: 'rejected' },
      as_of: { N: String(Date.parse('2024-05-03T00:00:00Z')) },
    });
  });
});
