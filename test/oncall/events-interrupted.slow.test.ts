import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { callCommand, ONCALL } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let stack: RunningStack;

beforeAll(async () => {
  stack = await runStack();
});

afterAll(() => stack.stop());

test('an interrupted events retry keeps the other changes, and makes them visible again', async () => {
  const user = randomUUID();
  await stack.deliver(aVerification({ user }));
  // So that the next call to EventBridge is that of the command.
  await eventually(async () => expect(await stack.view('events')).toHaveLength(1));
  for (let id = 1; id <= 5; id += 1) {
    const body = { v: 1, problem: 'p', id: String(id), key: { pk: `USER#${user}`, sk: 'LEVEL#basic' } };
    await stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.unpublishedQueueUrl, MessageBody: JSON.stringify(body) }));
  }
  await stack.setFaults([{ service: 'events', action: 'PutEvents', fault: 'slow', delay: 2_000 }]);
  const child = spawn(process.execPath, [ONCALL, 'events', 'retry', '--yes', '--stack-file', stack.stackFile]);
  const exited = once(child, 'exit');
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  await eventually(async () => expect((await stack.view<Record<string, number>>('injected'))['events slow']).toBeGreaterThan(0));
  child.kill('SIGINT');
  expect(await exited).toEqual([130, null]);
  await stack.setFaults([]);
  expect(await stderr).toContain('error: Interrupted.');
  const [, resolved, left] = /(\d) resolved, (\d) left\./.exec(await stdout) ?? [];
  expect(Number(resolved)).toBeLessThan(5);
  expect(Number(left)).toBe(5 - Number(resolved));
  const listed = await callCommand(['events', 'unpublished', '--json', '--stack-file', stack.stackFile]);
  expect(JSON.parse(listed.stdout)).toHaveLength(Number(left));
});
