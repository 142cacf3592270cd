import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventsOf, statesOf, untilPublished } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';
import type { Json } from '../support/templates.ts';

describe('change events under faults', () => {
  let stack: RunningStack;

  beforeAll(async () => {
    stack = await runStack({ args: ['--visibility-timeout', '2'] });
  });

  afterAll(() => stack.stop());

  const SECONDS = Array.from({ length: 5 }, (_, index) => `2024-05-06T07:08:0${index}Z`);

  /** Changes each of these users five times, and expects every change to be published in order. */
  const changeAndCheck = async (users: readonly string[], whileItIsSo: () => Promise<void>) => {
    for (const timestamp of SECONDS) {
      await Promise.all(users.map((user) => stack.deliver(aVerification({ user, timestamp }))));
      await eventually(async () => {
        for (const user of users) expect((await stack.item(`USER#${user}`, 'LEVEL#basic'))?.timestamp).toBe(timestamp);
      });
    }
    await whileItIsSo();
    await eventually(async () => {
      for (const user of users) expect((await statesOf(stack, user)).at(-1)).toEqual(['verification_approved', SECONDS.at(-1)]);
    });
    for (const user of users) {
      const told = await eventsOf(stack, user);
      // Records after a failed one are published again in order: compare the first event of each.
      const firsts = [...new Map(told.map(({ detail }) => [(detail as Json).id, (detail as Json).timestamp])).values()];
      expect(firsts).toEqual(SECONDS);
    }
  };
  const people = (count: number) => Array.from({ length: count }, () => randomUUID());

  test('are published after an outage of EventBridge', async () => {
    await stack.setFaults([{ service: 'events', fault: 'unavailable' }]);
    await changeAndCheck(people(4), async () => {
      await eventually(async () =>
        expect((await stack.view<Record<string, number>>('injected'))['events unavailable']).toBeGreaterThan(1),
      );
      await stack.setFaults([]);
    });
  });

  test('are published when half of the entries are refused', async () => {
    await stack.setFaults([{ service: 'events', fault: 'entries', rate: 0.5 }]);
    await changeAndCheck(people(8), async () => {});
    await stack.setFaults([]);
  });

  test('are published when publish is killed during a batch', async () => {
    await stack.setFaults([{ service: 'lambda', function: 'publish', fault: 'crash', delay: 20, rate: 0.7 }]);
    await changeAndCheck(people(8), async () => {
      await eventually(async () =>
        expect((await stack.view<Record<string, number>>('injected'))['lambda crash']).toBeGreaterThan(0),
      );
      await stack.setFaults([]);
    });
  });

  test('are published except for an invalid record, which is set aside complete', async () => {
    const user = randomUUID();
    await stack.putItem({ pk: `USER#${user}`, sk: 'LEVEL#basic', as_of: 'no number' });
    await untilPublished(stack);
    const [message] = await eventually(async () => {
      const { Messages = [] } = await stack.sqs.send(new ReceiveMessageCommand({ QueueUrl: stack.unpublishedQueueUrl }));
      expect(Messages).toHaveLength(1);
      return Messages;
    });
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({
      v: 1,
      problem: expect.stringContaining('of the item has an unexpected value'),
      key: { pk: `USER#${user}`, sk: 'LEVEL#basic' },
      after: { as_of: 'no number' },
    });
  });
});

test('changes before the stack was killed are published by the next run', async () => {
  const data = await mkdtemp(join(tmpdir(), 'fractal-webhooks-events-'));
  const settings = { args: ['--data', data, '--visibility-timeout', '2'] };
  const user = randomUUID();
  const killed = await runStack(settings);
  await killed.setFaults([{ service: 'events', fault: 'error' }]);
  await killed.deliver(aVerification({ user }));
  await eventually(async () => expect(await killed.item(`USER#${user}`, 'LEVEL#basic')).toBeDefined());
  await killed.kill();
  const next = await runStack(settings);
  await eventually(async () => expect(await statesOf(next, user)).toEqual([['verification_approved', '2024-05-06T07:08:09Z']]));
  await next.stop();
  await rm(data, { recursive: true });
});
