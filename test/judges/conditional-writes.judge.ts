import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { eventually } from '../support/eventually.ts';
import { aBatch, aContext, logged } from '../support/lambda.ts';
import { anEmailChange, aResult, aVerification, bytesOf, type VerificationParts } from '../support/notifications.ts';
import { type Apply, loadApply } from './functions.ts';
import { type MotoStack, startMotoStack } from './moto-stack.ts';
import { createOncall } from './oncall.ts';
import { createQueue } from './queue.ts';
import { createTable } from './table.ts';

let moto: MotoStack;
let apply: Apply;
let table: ReturnType<typeof createTable>;

beforeAll(async () => {
  moto = await startMotoStack();
  apply = await loadApply(moto);
  table = createTable(moto.dynamodb, moto.outputs.TableName);
});

afterAll(() => moto.stop());

/** Applies one notification. @returns the outcome in apply's log */
const outcome = async (body: string, afterMs = 0): Promise<string | undefined> => {
  const receivedAt = Date.parse('2024-06-01T00:00:00Z') + afterMs;
  const envelope = encodeEnvelope({ id: 'id', receivedAt, bytes: bytesOf(body) });
  const line = JSON.parse(await logged(() => apply(aBatch(envelope), aContext(10_000))));
  return ['applied', 'duplicate', 'stale', 'contested', 'unchanged', 'failed'].find((kind) => kind in line);
};

const ORDERS = [
  ['approved', 'contacted', 'rejected'],
  ['approved', 'rejected', 'contacted'],
  ['contacted', 'approved', 'rejected'],
  ['contacted', 'rejected', 'approved'],
  ['rejected', 'approved', 'contacted'],
  ['rejected', 'contacted', 'approved'],
] as const;

describe('the conditional write of apply, on moto,', () => {
  test('applies a newer state, and distinguishes duplicate from stale', async () => {
    const says = (parts: VerificationParts) => outcome(aVerification({ user: 'again', ...parts }));
    expect(await says({})).toBe('applied');
    expect(await says({})).toBe('duplicate');
    expect(await says({ status: 'rejected', timestamp: '2024-05-06T07:08:08Z' })).toBe('stale');
    expect(await table.item('again')).toMatchObject({ status: { S: 'approved' }, timestamp: { S: '2024-05-06T07:08:09Z' } });
    expect(await says({ status: 'contacted', timestamp: '2024-05-06T07:08:10Z' })).toBe('applied');
    expect(await table.item('again')).toEqual({
      pk: { S: 'USER#again' },
      sk: { S: 'LEVEL#basic' },
      user_id: { S: 'again' },
      level: { S: 'basic' },
      status: { S: 'contacted' },
      status_rank: { N: '2' },
      timestamp: { S: '2024-05-06T07:08:10Z' },
      as_of: { N: String(Date.parse('2024-05-06T07:08:10Z')) },
    });
  });

  test.each(ORDERS)('ends with rejected if one second has %s, %s and %s', async (...order) => {
    const user = order.join(' ');
    for (const status of order) await outcome(aVerification({ user, status }));
    expect(await table.item(user)).toMatchObject({ status: { S: 'rejected' }, status_rank: { N: '3' } });
  });

  test('ends with contacted if one second has approved and contacted', async () => {
    for (const status of ['contacted', 'approved'] as const) await outcome(aVerification({ user: 'milder', status }));
    expect(await table.item('milder')).toMatchObject({ status: { S: 'contacted' } });
  });

  // The order of JavaScript and that of UTF-8 differ here.
  test.each([
    ['\uFB00@x', '😀@x'],
    ['😀@x', '\uFB00@x'],
  ])('keeps the address with the greater UTF-8 bytes if two have the same millisecond: %s, %s', async (...order) => {
    const user = order.join(' ');
    for (const email of order) await outcome(anEmailChange(user, email));
    expect(await table.item(user, 'EMAIL')).toMatchObject({ email: { S: '😀@x' } });
  });

  test("lets no approval by Kraken lift a rejection, until somebody decides, and removes the rejection's note", async () => {
    const results: [body: string, outcome: string][] = [
      [aResult('kraken', 'approved'), 'applied'],
      [aResult('kraken', 'rejected', 'Document expired'), 'applied'],
      [aResult('kraken', 'pending'), 'unchanged'],
      [aResult('kraken', 'approved'), 'contested'],
    ];
    for (const [index, [body, expected]] of results.entries()) expect(await outcome(body, index)).toBe(expected);
    expect(await table.item('kraken', 'LEVEL#kraken')).toMatchObject({
      status: { S: 'rejected' },
      note: { S: 'Document expired' },
    });

    const oncall = await createOncall(moto);
    const queue = createQueue(moto.sqs, moto.outputs.QueueUrl);
    expect(JSON.parse((await oncall('contested', '--json')).stdout)).toMatchObject({ user_id: 'kraken' });
    const accepting = oncall('accept', 'kraken', '--why', 'asked', '--yes');
    await logged(() => eventually(async () => expect(await queue.feed(apply)).toBe(1)));
    expect(await accepting).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^User kraken is approved, decided by arn:aws:(iam|sts)::\d{12}:\S+\.\n$/),
    });
    const { status, decided_why, note } = (await table.item('kraken', 'LEVEL#kraken')) ?? {};
    expect({ status, decided_why, note }).toEqual({ status: { S: 'approved' }, decided_why: { S: 'asked' }, note: undefined });
    expect(await oncall('contested')).toMatchObject({ status: 0 });
  });

  test('keeps attributes of any type that a team has added to an item', async () => {
    const added = {
      note: { S: 'seen' },
      score: { N: '0.1' },
      photo: { B: new Uint8Array([0, 255]) },
      flag: { BOOL: false },
      nothing: { NULL: true as const },
      tags: { SS: ['a', 'b'] },
      more: { M: { deep: { L: [{ S: 'x' }] } } },
    };
    await outcome(aVerification({ user: 'team' }));
    await table.add('team', added);
    await outcome(aVerification({ user: 'team', status: 'rejected', timestamp: '2024-05-06T07:08:10Z' }));
    expect(await table.item('team')).toMatchObject({ ...added, status: { S: 'rejected' } });
  });
});
