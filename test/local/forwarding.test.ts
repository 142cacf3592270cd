import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import express from 'express';
import { Webhook } from 'standardwebhooks';
import { encodeUnforwarded } from '../../functions/core/forwarded.ts';
import { LOCAL_SECRET } from '../../local/forward-events.ts';
import { runCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { anEmailChange, aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

interface Received {
  readonly 'detail-type': string;
  readonly source: string;
  readonly detail: { readonly id: string; readonly user_id: string; readonly level?: string };
}

let stack: RunningStack;
let server: Server;
let received: Received[];
let answer: number;

beforeAll(async () => {
  const app = express();
  app.post('/fractal', express.raw({ type: 'application/json' }), (request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    received.push(new Webhook(LOCAL_SECRET).verify(request.body, headers) as Received);
    response.sendStatus(answer);
  });
  server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fractal`;
  stack = await runStack({
    installation: {
      stage: 'dev',
      forwardTo: { url: 'https://backend.example.com/fractal', levels: ['plus'], checks: true },
    },
    args: ['--forward-events', url],
  });
});

afterAll(async () => {
  await stack.stop();
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  received = [];
  answer = 204;
});

const client = () => ({
  endpoint: stack.awsEndpointUrl,
  region: stack.region,
  credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
});
const run = (...args: string[]) => runCommand([...args, '--stack-file', stack.stackFile]);
const about = (user: string) => received.filter(({ detail }) => detail.user_id === user);
const outputs = async (): Promise<Record<string, string>> =>
  JSON.parse(await (await import('node:fs/promises')).readFile(stack.stackFile, 'utf8'));
/** What the console shows of the attempts to forward the event of this user's delivery. */
const stepsOf = async (user: string): Promise<string[]> => {
  for (let number = 1; ; number += 1) {
    const response = await fetch(`${stack.consoleUrl}/view?of=delivery-${number}`);
    if (!response.ok) return [];
    const text = await response.text();
    if (!text.includes(user)) continue;
    const { blocks } = JSON.parse(text) as { blocks: { steps?: { what?: string }[] }[] };
    const steps = blocks.flatMap((block) => block.steps ?? []);
    return steps.flatMap(({ what = '' }) => (what.includes('forward') ? [what] : []));
  }
};
/** Puts an event on the queue of those that the backend did not take, as the function does after a day. */
const setAside = async (user: string, level: string, as_of: number, problem = 'answered 500') => {
  const detail = { version: 1, id: randomUUID(), user_id: user, level, status: 'approved', as_of, previous: null };
  const event = { source: 'fractal-webhooks' as const, 'detail-type': 'verification_approved', detail };
  const { unforwardedQueueUrl: QueueUrl } = await outputs();
  const MessageBody = encodeUnforwarded({ event, problem, attempts: 30, since: Date.now() - 22 * 3_600_000 });
  await new SQSClient(client()).send(new SendMessageCommand({ QueueUrl, MessageBody }));
};

describe('events to a backend', () => {
  test('arrive, signed, with what was asked for and nothing else; a deletion always', async () => {
    const user = randomUUID();
    for (const body of [aVerification({ user, level: 'basic' }), aVerification({ user, level: 'plus' }), anEmailChange(user)])
      await stack.deliver(body);
    await eventually(async () => expect(about(user)).toHaveLength(1));
    expect(about(user)).toMatchObject([{ 'detail-type': 'verification_approved', detail: { level: 'plus' } }]);
    await run('forget', user, '--yes');
    await eventually(async () => expect(about(user).map((event) => event['detail-type'])).toContain('forgotten'));
    expect(about(user).some(({ detail }) => detail.level === 'basic' && !('previous' in detail))).toBe(false);
  });

  test('are tried again while the backend is down, and dropped if their person is erased meanwhile', async () => {
    const [kept, erased] = [randomUUID(), randomUUID()];
    answer = 500;
    for (const user of [kept, erased]) await stack.deliver(aVerification({ user, level: 'plus' }));
    await eventually(async () => expect([about(kept).length, about(erased).length]).toEqual([1, 1]));
    expect((await run('events', 'unforwarded')).stdout).toMatch(
      /^The backend has taken all events that were tried for a day\.\n2 events are on the way, or waiting for the next attempt\.\n$/,
    );
    // As forget does, without its event.
    const Key = { pk: { S: `USER#${erased}` }, sk: { S: 'LEVEL#plus' } };
    await new DynamoDBClient(client()).send(new DeleteItemCommand({ TableName: (await outputs()).tableName, Key }));
    answer = 204;
    await eventually(async () => expect(about(kept)).toHaveLength(2));
    await eventually(async () => expect(stack.output()).toMatch(/forgotten {2}/));
    expect(new Set(about(kept).map(({ detail }) => detail.id)).size).toBe(1);
    // The attempts are steps of the delivery in the console.
    await eventually(async () => expect(await stepsOf(kept)).toEqual(['try to forward failed', 'forwarded']));
    expect(about(erased).filter((event) => event['detail-type'] !== 'forgotten')).toHaveLength(1);
  });

  test('that are not taken for a day are listed, explained and sent again', async () => {
    const [same, newer, gone] = [randomUUID(), randomUUID(), randomUUID()];
    const timestamp = '2024-05-01T00:00:00Z';
    for (const user of [same, newer]) await stack.deliver(aVerification({ user, level: 'plus', timestamp }));
    await eventually(async () => expect(received).toHaveLength(2));
    received = [];
    await setAside(same, 'plus', Date.parse(timestamp));
    await setAside(newer, 'plus', 5);
    await setAside(gone, 'plus', 5);
    const { status, stdout } = await run('events', 'unforwarded');
    expect(status).toBe(1);
    const why = 'the backend answered 500, 30 attempts within 22 h; set aside \\S+Z';
    for (const [user, says] of [
      [same, 'would be sent again: the table still says so'],
      [newer, 'would be sent again, although the table says something newer by now: the backend must compare as_of'],
      [gone, 'would be dropped: the item was deleted since'],
    ])
      expect(stdout).toMatch(new RegExp(`^verification_approved ${user} plus: ${why}\n    ${says}\n`, 'm'));
    const [, command] = /Fix the backend, then send them again: npm run oncall -- (.*)\n$/.exec(stdout) ?? [];
    expect((await run('events', 'unforwarded', '--retry')).stdout).toMatch(/\n3 would be sent again\. This was a dry run\./);
    const retried = await runCommand(`${command}`.split(' '));
    expect([retried.status, retried.stdout]).toEqual([0, expect.stringMatching(/^3 sent to \S+ again, 0 left\.\n/)]);
    await eventually(async () => expect(about(same).length + about(newer).length).toBe(2));
    expect(about(gone)).toEqual([]);
    expect((await run('events', 'unforwarded', '--json')).status).toBe(0);
  });

  test('that are set aside are deleted with their person', async () => {
    const [user, other] = [randomUUID(), randomUUID()];
    await setAside(user, 'plus', 5);
    await setAside(other, 'plus', 5);
    expect(JSON.parse((await run('forget', user, '--yes', '--json')).stdout)).toMatchObject({ unforwarded: 1 });
    const { events } = JSON.parse((await run('events', 'unforwarded', '--json')).stdout);
    expect(events).toMatchObject([{ what: `verification_approved ${other} plus`, if_retried: 'forgotten' }]);
    await run('events', 'unforwarded', '--retry', '--yes');
  });

  test('about its test user are followed by doctor to the answer of the backend', async () => {
    const findings = async () => {
      const { stdout } = await run('doctor', '--json');
      const all = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      return all.filter(({ check }) => check === 'backend');
    };
    const taken = { check: 'backend', result: 'ok', says: expect.stringMatching(/has taken the event after another/) };
    expect((await findings())[0]).toMatchObject(taken);
    expect(received.every(({ source }) => source === 'fractal-webhooks.check')).toBe(true);
    answer = 500;
    expect((await findings())[0]).toMatchObject({ result: 'wrong', says: expect.stringMatching(/ answered 500 after another/) });
  });
});
