import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DYNAMODB_ENGINES } from '../support/engines.ts';
import { eventually } from '../support/eventually.ts';
import { anEmailChange, aVerification, DOCUMENTED } from '../support/notifications.ts';
import { outcomesOf } from '../support/outcomes.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

describe.each(DYNAMODB_ENGINES)('from the webhook to the table, on %s,', (engine) => {
  let stack: RunningStack;

  beforeAll(async () => {
    stack = await runStack({ args: ['--dynamodb', engine] });
  });

  afterAll(() => stack.stop());

  const shows = (pk: string, sk: string, attributes: object) =>
    eventually(async () => expect(await stack.item(pk, sk)).toMatchObject(attributes));

  const settled = () => eventually(async () => expect(await stack.queueDepth()).toBe(0));

  test("Fractal's documented example is accepted and applied", async () => {
    const { status, answer } = await stack.post(DOCUMENTED.signedBody, { 'x-fractal-signature': DOCUMENTED.signature });
    expect({ status, answer }).toEqual({
      status: 202,
      answer: { status: 'accepted', id: expect.stringMatching(/^[0-9a-f]{24}$/) },
    });
    await shows('USER#b5c5a2cd-643e-444b-9591-e7b25fec997d', 'LEVEL#basic', {
      status: 'approved',
      timestamp: '2020-10-09T10:50:32Z',
      as_of: 1602240632000,
    });
  });

  test('all five documented notifications update their items', async () => {
    for (const body of Object.values(DOCUMENTED.payloads)) expect((await stack.deliver(body)).answer.status).toBe('accepted');
    const user = 'USER#14ec6af0-12f8-4bce-a6ab-01ce87fa1812';
    await shows(user, 'LEVEL#basic', { status: 'rejected', as_of: 1585834535000 });
    await shows(user, 'EMAIL', { email: 'john.snow@fractal.id' });
    await shows('HUMAN#IDOS_HUMAN_UUID', 'CREDENTIAL#IDOS_CREDENTIAL_DATA_ID', { shared_at: '2020-04-02T13:35:35Z' });
  });

  test('a level and its add-on are two items', async () => {
    const user = randomUUID();
    await stack.deliver(aVerification({ user, level: 'basic' }));
    await stack.deliver(aVerification({ user, level: 'liveness', status: 'rejected' }));
    await shows(`USER#${user}`, 'LEVEL#basic', { status: 'approved' });
    await shows(`USER#${user}`, 'LEVEL#liveness', { status: 'rejected' });
  });

  test('a repeated delivery has the same id, and leads to one item', async () => {
    const body = aVerification();
    const answers = await Promise.all([1, 2, 3].map(() => stack.deliver(body)));
    expect(new Set(answers.map(({ answer }) => answer.id)).size).toBe(1);
    await settled();
    const { id } = answers[0]?.answer ?? {};
    const told = await eventually(async () => {
      const outcomes = outcomesOf(stack.output(), id as string);
      expect(outcomes).toHaveLength(3);
      return outcomes.sort();
    });
    expect(told).toEqual(['applied', 'duplicate', 'duplicate']);
  });

  test.each([
    ['before', [0, 1]],
    ['after', [1, 0]],
  ])('a rejection that is older than the approval changes nothing, delivered %s it', async (_, order) => {
    const user = randomUUID();
    const bodies = [
      aVerification({ user, status: 'rejected', timestamp: '2024-05-01T00:00:00Z' }),
      aVerification({ user, status: 'approved', timestamp: '2024-05-02T00:00:00Z' }),
    ];
    for (const index of order) {
      await stack.deliver(bodies[index] as string);
      await settled();
    }
    await shows(`USER#${user}`, 'LEVEL#basic', { status: 'approved', timestamp: '2024-05-02T00:00:00Z' });
  });

  test.each([
    ['approved', 'rejected'],
    ['rejected', 'approved'],
  ] as const)('of two statuses of one second, %s then %s, the rejection stays', async (...statuses) => {
    const user = randomUUID();
    for (const status of statuses) {
      await stack.deliver(aVerification({ user, status }));
      await settled();
    }
    await shows(`USER#${user}`, 'LEVEL#basic', { status: 'rejected' });
  });

  test('a later e-mail address replaces an earlier one', async () => {
    const user = randomUUID();
    await stack.deliver(anEmailChange(user, 'first@example.com'));
    await stack.deliver(anEmailChange(user, 'second@example.com'));
    await shows(`USER#${user}`, 'EMAIL', { email: 'second@example.com' });
  });

  test('the output contains no token and no e-mail address', async () => {
    await eventually(async () => expect(stack.output()).toContain('email_changed'));
    const printed = stack.output().replace(/^[\s\S]*are printed below\./, '');
    expect(printed).not.toMatch(/@|sha1=/);
    expect(printed).not.toContain(DOCUMENTED.token);
  });
});
