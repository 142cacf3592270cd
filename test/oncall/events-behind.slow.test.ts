import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { callCommand } from '../support/command-line.ts';
import { runDoctor } from '../support/doctor.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let stack: RunningStack;

beforeAll(async () => {
  stack = await runStack();
});

afterAll(() => stack.stop());

const unpublished = (...args: string[]) => callCommand(['events', 'unpublished', ...args, '--stack-file', stack.stackFile]);

test('events unpublished and doctor report changes that wait in the stream, while EventBridge refuses them', async () => {
  await stack.setFaults([{ service: 'events', action: 'PutEvents', fault: 'error' }]);
  await stack.deliver(aVerification());
  await eventually(async () => expect((await unpublished()).status).toBe(1), 200_000);
  expect(await unpublished()).toEqual({
    status: 1,
    stdout: expect.stringMatching(
      /^Changes may wait in the stream: changes have waited \d+ (s|min) in the stream, which keeps them for a day\. See events-behind in oncall\/RUNBOOK\.md\.\nNo change was set aside\.\n$/,
    ),
    stderr: '',
  });
  expect(await unpublished('--json')).toMatchObject({
    status: 1,
    stdout: '[]\n',
    stderr: expect.stringContaining('have waited'),
  });
  const { wrong } = await runDoctor(stack, ['--no-webhook']);
  expect(wrong).toContainEqual(expect.objectContaining({ check: 'stream', says: expect.stringContaining('have waited') }));
  await stack.setFaults([]);
  await eventually(async () => expect(await stack.view('events')).toHaveLength(1));
});
