import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { callCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';
import { discardingAfterSeconds } from '../support/synthesized.ts';

let stack: RunningStack;

beforeAll(async () => {
  stack = await runStack({ change: discardingAfterSeconds(2) });
});

afterAll(() => stack.stop());

const events = (...args: string[]) => callCommand(['events', ...args, '--stack-file', stack.stackFile]);

test('changes on which publish fails until Lambda discards them are listed, and a retry publishes them', async () => {
  await stack.setFaults([{ service: 'lambda', function: 'publish', fault: 'crash' }]);
  for (const user of ['jane', 'john']) expect((await stack.deliver(aVerification({ user }))).status).toBe(202);
  await eventually(async () =>
    expect((await events('unpublished', '--json')).stdout.match(/publish failed on it for a day/g)).toHaveLength(2),
  );
  await stack.setFaults([]);
  const before = (await stack.view<object[]>('events')).length;
  expect((await events('retry', '--yes')).stdout).toBe('2 resolved, 0 left.\n');
  const published = (await stack.view<{ 'detail-type': string; detail: { user_id: string } }[]>('events')).slice(before);
  expect(published.map(({ detail }) => detail.user_id).sort()).toEqual(['jane', 'john']);
});
