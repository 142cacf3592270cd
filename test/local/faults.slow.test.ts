import { randomUUID } from 'node:crypto';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { FAULTS } from '../../emulator/faults/fault.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

describe('/_local/faults', () => {
  let stack: RunningStack;
  let at: string;

  beforeAll(async () => {
    stack = await runStack({ args: ['--visibility-timeout', '4'] });
    at = `${stack.awsEndpointUrl}/_local/faults`;
  });

  afterEach(() => stack.setFaults([]));
  afterAll(() => stack.stop());

  const help = async () => (await fetch(`${at}/help`)).text();
  const put = (body: string) => fetch(at, { method: 'PUT', body });

  test('has a help that lists all services and faults', async () => {
    const text = await help();
    for (const name of [FAULTS, ...Object.values(FAULTS)].flatMap(Object.keys)) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
  });

  test('has a help whose examples work', async () => {
    const examples = [...(await help()).matchAll(/^curl -X PUT (\S+) -d '(.*)'$/gm)];
    expect(examples.length).toBeGreaterThan(2);
    for (const [, url = '', body = ''] of examples) {
      const answer = await fetch(url, { method: 'PUT', body });
      expect([body, answer.status]).toEqual([body, 200]);
      expect(await answer.json()).toMatchObject(JSON.parse(body));
    }
  });

  test.each([
    ['an unknown service', '[{"service":"s3","fault":"error"}]'],
    ['an unknown fault', '[{"service":"sqs","fault":"fire"}]'],
    ['a fault of another service', '[{"service":"sqs","fault":"deleted"}]'],
    ['a function for a service other than lambda', '[{"service":"sqs","function":"apply","fault":"error"}]'],
    ['an action for lambda', '[{"service":"lambda","action":"Invoke","fault":"error"}]'],
    ['a rate above 1', '[{"service":"sqs","fault":"error","rate":2}]'],
    ['text that is not JSON', 'crash'],
  ])('rejects %s, refers to the help, and changes nothing', async (_, body) => {
    const before = await stack.view('faults');
    const answer = await put(body);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('/_local/faults/help');
    expect(await stack.view('faults')).toEqual(before);
  });

  test('counts injected faults', async () => {
    await stack.setFaults([{ service: 'sqs', action: 'GetQueueUrl', fault: 'denied' }]);
    await expect(stack.sqs.send(new GetQueueUrlCommand({ QueueName: 'any' }))).rejects.toThrow();
    expect(await stack.view('injected')).toMatchObject({ 'sqs denied': 1 });
  });

  test.each([
    ['denied', 'AccessDeniedException', 'AccessDeniedException'],
    ['gone', 'QueueDoesNotExist', 'ResourceNotFoundException'],
  ] as const)('has the services refuse as AWS does what is %s', async (fault, ofQueue, ofTable) => {
    await stack.setFaults([
      { service: 'sqs', action: 'GetQueueUrl', fault },
      { service: 'dynamodb', action: 'GetItem', fault },
    ]);
    await expect(stack.sqs.send(new GetQueueUrlCommand({ QueueName: 'any' }))).rejects.toMatchObject({ name: ofQueue });
    const look = new GetItemCommand({ TableName: stack.tableName, Key: { pk: { S: 'a' }, sk: { S: 'b' } } });
    await expect(stack.dynamodb.send(look)).rejects.toMatchObject({ name: ofTable });
  });

  test('crashes apply: the notification is applied after the fault is removed', async () => {
    const user = randomUUID();
    const crashed = async () => (await stack.view<Record<string, number>>('injected'))['lambda crash'] ?? 0;
    await stack.setFaults([{ service: 'lambda', function: 'apply', fault: 'crash' }]);
    const before = await pidsOf('Apply');
    expect(await stack.deliver(aVerification({ user }))).toMatchObject({ status: 202 });
    await eventually(async () => expect(await crashed()).toBeGreaterThan(0));
    await eventually(async () => expect(await pidsOf('Apply')).not.toEqual(before));

    await stack.setFaults([]);
    await eventually(async () => expect(await stack.item(`USER#${user}`, 'LEVEL#basic')).toMatchObject({ status: 'approved' }));
  });

  test('crashes ingest only: the answer is 500, and a retry succeeds', async () => {
    const apply = await pidsOf('Apply');
    await stack.setFaults([{ service: 'lambda', function: 'ingest', fault: 'crash' }]);
    const body = aVerification();
    expect(await stack.deliver(body)).toMatchObject({ status: 500 });
    expect(await pidsOf('Apply')).toEqual(expect.arrayContaining(apply));
    await stack.setFaults([]);
    expect(await stack.deliver(body)).toMatchObject({ status: 202 });
  });

  test.each(['error', 'throttle'] as const)('fails an invocation of ingest by %s, with the metric of Lambda', async (fault) => {
    await stack.setFaults([{ service: 'lambda', function: 'ingest', fault }]);
    expect(await stack.deliver(aVerification())).toMatchObject({ status: 500 });
    const metrics = await stack.view<{ name: string }[]>('metrics');
    expect(metrics.map(({ name }) => name)).toContain(fault === 'error' ? 'Errors' : 'Throttles');
  });

  const pidsOf = async (name: string): Promise<number[]> => {
    const processes = await stack.view<{ name: string; pids: number[] }[]>('processes');
    return processes.filter((one) => one.name.includes(name)).flatMap(({ pids }) => pids);
  };
});

describe('a secret', () => {
  test.each(['deleted', 'gone'] as const)('that is %s causes 503, and is used after it is restored', async (fault) => {
    const stack = await runStack();
    try {
      await stack.setFaults([{ service: 'secretsmanager', fault }]);
      const body = aVerification();
      expect(await stack.deliver(body)).toMatchObject({ status: 503 });
      await stack.setFaults([]);
      await eventually(async () => expect(await stack.deliver(body)).toMatchObject({ status: 202 }));
    } finally {
      await stack.stop();
    }
  });
});
