import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { DOCUMENTED } from '../../support/notifications.ts';
import { runReleaseCheck } from '../../support/release-check.ts';
import { type RunningStack, runStack } from '../../support/running-stack.ts';
import { withoutAction } from '../../support/synthesized.ts';

const itemsOf = async (stack: RunningStack) =>
  (await stack.dynamodb.send(new ScanCommand({ TableName: stack.tableName }))).Items ?? [];

describe('the release check', () => {
  let stack: RunningStack;

  beforeAll(async () => {
    stack = await runStack();
  });

  afterAll(() => stack.stop());

  const leavesNothing = async () => {
    expect(await itemsOf(stack)).toEqual([]);
    expect([await stack.queueDepth(), await stack.deadLetterDepth()]).toEqual([0, 0]);
  };

  test('accepts working versions after using secret, queue and table, and removes its item', async () => {
    expect(await runReleaseCheck(stack)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'ReleaseProof' });
    const calls = await stack.view<Record<string, number>>('calls');
    expect(Object.entries(calls).filter(([call]) => /^Ingest\S+ sqs SendMessage$/.test(call))).toHaveLength(1);
    await eventually(async () => expect(await stack.logged()).toContain('works: secret, queue, event bus and table are reached'));
    const events = await stack.view<{ source: string; 'detail-type': string; detail: { id: string } }[]>('events');
    expect(events.filter(({ detail }) => detail.id === 'release-check')).toEqual([
      expect.objectContaining({ source: 'fractal-webhooks.check', 'detail-type': 'verification_contacted' }),
    ]);
    await leavesNothing();
  });

  test.each([
    [
      'a rollback, wherever the aliases point',
      { version: 1, former: 2 },
      'a rollback: the former versions are not checked again',
    ],
    ['an update without a new version', { version: 2, former: 2 }, 'no function has a new version'],
    ['a deletion', { type: 'Delete' }, 'nothing to do'],
  ] as const)('succeeds at once during %s, whatever is down, and logs why', async (_, settings, result) => {
    const down = ['dynamodb', 'secretsmanager', 'sqs', 'events'] as const;
    await stack.setFaults(down.map((service) => ({ service, fault: 'error' as const })));
    const before = await stack.view('calls');
    expect(await runReleaseCheck(stack, settings)).toMatchObject({ Status: 'SUCCESS' });
    await stack.setFaults([]);
    await eventually(async () => expect(await stack.logged()).toContain(result));
    const made = Object.entries(await stack.view<Record<string, number>>('calls')).filter(([call]) => /^ReleaseCheck/.test(call));
    expect(made).toEqual(Object.entries(before as object).filter(([call]) => /^ReleaseCheck/.test(call)));
  });

  test.each([
    ['{"no_token_yet":"random"}', 'the secret has no token from Fractal yet, so the queue was not checked'],
    ['[]', 'the secret holds no valid tokens, so the queue was not checked'],
  ])('accepts working versions with the secret %s, which no release can fix', async (secret, result) => {
    await stack.putSecret(secret);
    // Ingest caches the secret for minutes; a new version would not have it cached.
    for (const { name, pids } of await stack.view<{ name: string; pids: number[] }[]>('processes')) {
      if (/Ingest/.test(name)) for (const pid of pids) process.kill(pid, 'SIGKILL');
    }
    expect(await runReleaseCheck(stack)).toMatchObject({ Status: 'SUCCESS' });
    await eventually(async () => expect(await stack.logged()).toContain(result));
    await stack.putSecret(DOCUMENTED.token);
    await leavesNothing();
  });
});

describe('the release check of a broken release', () => {
  test.each([
    ['may not write to the table', 'dynamodb:UpdateItem', /apply should report no failed messages, but answered/],
    ['may not read the secret', 'secretsmanager:GetSecretValue', /GetSecretValue/],
    ['may not send to the queue', 'sqs:SendMessage', /ingest should answer 202, but answered .*503/],
    ['may not put events on the bus', 'events:PutEvents', /publish should report no failed changes, but answered/],
  ])('fails the deployment with a reason if it %s', async (_, action, reason) => {
    const stack = await runStack({
      change: (template) => {
        const text = JSON.stringify(withoutAction(action)(template));
        expect(text).toContain('"PATIENCE_SECONDS":"60"');
        return JSON.parse(text.replace('"PATIENCE_SECONDS":"60"', '"PATIENCE_SECONDS":"1"'));
      },
    });
    try {
      const { Status, Reason } = await runReleaseCheck(stack);
      expect([Status, Reason]).toEqual(['FAILED', expect.stringMatching(reason)]);
      expect(Reason).toContain('the old one stays');
    } finally {
      await stack.stop();
    }
  });
});
