import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { mapConcurrent } from '../../../functions/map-concurrent.ts';
import { ONCALL } from '../../support/command-line.ts';
import { useDeadLetters } from '../../support/dead-letters.ts';
import { inFull } from '../../support/effort.ts';
import { eventually } from '../../support/eventually.ts';
import { aVerification } from '../../support/notifications.ts';

const MANY = inFull ? 2_000 : 60;
/** For the five attempts at each of the many messages, on a busy machine. */
const DRAINED_WITHIN_MS = 600_000;
const LISTED = inFull ? 200 : 100;

const NOT_UNDERSTOOD: [string | Buffer, string][] = [
  ['', 'empty_body'],
  ['nonsense', 'not_json'],
  ['[1]', 'missing_field: type'],
  [Buffer.from([0xff]), 'not_utf8'],
  ['{"type":"verification_paused","data":{}}', 'unknown_type: verification_paused'],
  ['{"type":"email_changed","data":{"user_id":"u"}}', 'missing_field: data.email'],
  [aVerification({ timestamp: '2020-02-30T00:00:00Z' }), 'impossible_time: data.timestamp'],
  [aVerification({ timestamp: '2999-01-01T00:00:00Z' }), 'time_ahead: data.timestamp'],
];

const deadLetters = useDeadLetters();
const { dlq, listed, bury, calls } = deadLetters;

describe('dlq list', () => {
  test('reports an empty queue, with exit status 0', async () => {
    expect(await dlq('list')).toMatchObject({ status: 0, stdout: 'The dead-letter queue is empty.\n' });
    expect(await dlq('list', '--json')).toMatchObject({ status: 0, stdout: '[]\n' });
  });

  test(
    'explains 8 parked and many failed messages in few calls, and a redrive applies the failed ones',
    async () => {
      for (const [body] of NOT_UNDERSTOOD) await deadLetters.stack.deliver(body);
      await deadLetters.stack.setFaults([{ service: 'dynamodb', action: 'UpdateItem', fault: 'error' }]);
      const users = Array.from({ length: MANY }, () => randomUUID());
      await mapConcurrent(5, users, async (user) => void (await deadLetters.stack.deliver(aVerification({ user }))));
      // The SDK retries a send whose response was too late, so a busy machine can have more messages.
      const gaveUp = await eventually(async () => {
        expect(await deadLetters.stack.queueDepth()).toBe(0);
        const depth = await deadLetters.stack.deadLetterDepth();
        expect(depth).toBeGreaterThanOrEqual(MANY + 8);
        return depth - 8;
      }, DRAINED_WITHIN_MS);
      await deadLetters.stack.setFaults([]);

      const before = await calls();
      const { status, stdout } = await dlq('list');
      // One call to receive ten messages, one to release them, one each to read a hundred items and a hundred keys of the history, and a
      // few to find the queue empty.
      expect((await calls()) - before).toBeLessThanOrEqual((2 * gaveUp) / 10 + (2 * gaveUp) / 100 + 40);
      expect(status).toBe(1);
      expect(stdout).toMatch(new RegExp(`^${gaveUp + 8} on the dead-letter queue; the first expires \\S+, in 13 d`));
      expect(stdout).toMatch(
        new RegExp(`^${MANY} +apply gave up after 5 attempts +verification_approved +would apply +\\d+ \\w+ *$`, 'm'),
      );
      if (gaveUp > MANY) expect(stdout).toMatch(new RegExp(`^${gaveUp - MANY} +apply gave up .* duplicate `, 'm'));
      expect(stdout).toMatch(new RegExp(`… and ${gaveUp - 12} more`));

      const all = await listed();
      expect(all).toHaveLength(gaveUp + 8);
      expect(new Set(all.map(({ id }) => id)).size).toBe(MANY + 8);
      const parked = all.filter(({ cause }) => cause.startsWith('parked'));
      expect(parked.map(({ cause }) => cause).sort()).toEqual(NOT_UNDERSTOOD.map(([, reason]) => `parked: ${reason}`).sort());
      expect(parked.every(({ if_redriven }) => if_redriven === 'not_understood')).toBe(true);
      const arrivals = all.map(({ first_arrived_at }) => Date.parse(first_arrived_at));
      expect(arrivals).toEqual(arrivals.toSorted((a, b) => a - b));

      expect(await dlq('redrive', '--reason', 'gave up', '--rate', '1000', '--yes')).toMatchObject({
        status: 0,
        stdout: `${gaveUp} of ${gaveUp} sent back to the queue. 8 messages are left on the dead-letter queue.\n`,
      });
      await eventually(async () => expect(await deadLetters.stack.queueDepth()).toBe(0), DRAINED_WITHIN_MS);
      for (const user of users)
        expect(await deadLetters.stack.item(`USER#${user}`, 'LEVEL#basic')).toMatchObject({ status: 'approved' });
      expect((await listed()).map(({ cause }) => cause).sort()).toEqual(parked.map(({ cause }) => cause).sort());
    },
    3 * DRAINED_WITHIN_MS,
  );

  test('changes nothing: no message is lost, duplicated or hidden afterwards', async () => {
    const ids = await Promise.all(Array.from({ length: 25 }, () => bury(aVerification())));
    for (let run = 0; run < 3; run += 1) expect((await listed()).map(({ id }) => id).sort()).toEqual(ids.toSorted());
    expect((await deadLetters.stack.deadLetters()).length).toBe(10);
  });

  test('shows and selects the user of a parked message, and prints no escape sequences', async () => {
    await deadLetters.stack.deliver(
      '{"type":"verification_approved","data":{"level":"plus","user_id":4242,"timestamp":"2024-01-01T00:00:00Z"}}',
    );
    const body = JSON.stringify({ v: 1, id: '\u001b[31mred', received_at: 1, body: 'x' });
    await deadLetters.stack.sqs.send(
      new SendMessageCommand({ QueueUrl: deadLetters.stack.deadLetterQueueUrl, MessageBody: body }),
    );
    const { stdout } = await dlq('list');
    expect(stdout).toContain('4242 plus');
    expect(stdout).not.toContain('\u001b[31m');
    expect(JSON.parse((await dlq('drop', '--user', '4242', '--json')).stdout).messages).toHaveLength(1);
  });

  test('counts messages that another reader has received', async () => {
    await bury(aVerification());
    const hide = { QueueUrl: deadLetters.stack.deadLetterQueueUrl, VisibilityTimeout: 60 };
    await deadLetters.stack.sqs.send(new ReceiveMessageCommand(hide));
    expect(await dlq('list')).toMatchObject({ status: 1, stdout: expect.stringMatching(/^1 dead letter cannot be read now/) });
  });

  test('lists messages while the table is down, but redrives none', async () => {
    const id = await bury(aVerification());
    await deadLetters.stack.setFaults([{ service: 'dynamodb', fault: 'error' }]);
    expect(await dlq('list')).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/unknown[\s\S]*the table cannot be read\. AWS returned InternalServerError: injected fault/),
    });
    expect((await dlq('watch', '--times', '1')).stdout).toContain('1 dead letter ');
    expect((await dlq('show', id)).stdout).toContain('cannot be read now');
    expect(await dlq('redrive', '--all', '--yes')).toMatchObject({ status: 2, stderr: expect.stringContaining('Retry once') });
    await deadLetters.stack.setFaults([]);
    expect((await listed()).map((one) => one.id)).toEqual([id]);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('interrupted by %s, leaves no message hidden', async (signal) => {
    for (let count = 0; count < LISTED; count += 1) await bury(aVerification());
    const child = spawn(process.execPath, [ONCALL, 'dlq', 'list', '--stack-file', deadLetters.stack.stackFile], {
      stdio: 'ignore',
    });
    const taken = async () => (await deadLetters.stack.view<Record<string, number>>('calls'))['oncall sqs ReceiveMessage'] ?? 0;
    const before = await taken();
    while ((await taken()) < before + 5) await wait(10);
    child.kill(signal);
    const [status] = await once(child, 'exit');
    expect(status).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(await listed()).toHaveLength(LISTED);
  });
});
