import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

/** With the limits that a stack has by default, and with the concurrency that follows from them set aside. */
describe.each([[{}], [{ reserveConcurrency: true }]])('a burst, with %j,', (installation) => {
  let stack: RunningStack;

  beforeAll(async () => {
    stack = await runStack({ installation, args: ['--visibility-timeout', '11'] });
  });

  afterAll(() => stack.stop());

  const threeHundred = async (one: () => Promise<{ readonly status: number }>): Promise<Record<number, number>> => {
    const answers: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await one()).status));
      answers.push(...statuses);
    }
    return Object.fromEntries(
      Object.entries(Object.groupBy(answers, String)).map(([status, those]) => [status, those?.length ?? 0]),
    );
  };

  test("of strangers' requests is answered 401 or 429, and never 5xx", async () => {
    const answers = await threeHundred(() => stack.post('{}', {}));
    expect(Object.keys(answers).filter((status) => !['401', '429'].includes(status))).toEqual([]);
    expect(answers[401]).toBeGreaterThanOrEqual(100);
  });

  test("of Fractal's own is accepted, or 429 beyond the route's limit, and all that was accepted is applied", async () => {
    const answers = await threeHundred(() => stack.deliver(aVerification()));
    expect(Object.keys(answers).filter((status) => !['202', '429'].includes(status))).toEqual([]);
    const items = async () => (await stack.dynamodb.send(new ScanCommand({ TableName: stack.tableName, Select: 'COUNT' }))).Count;
    await eventually(async () => expect(await items()).toBe(answers[202]));
  });

  test('does not ring server-errors', async () => {
    expect(await stack.view('alarms')).toMatchObject({ 'FractalWebhooks-server-errors': 'OK' });
  });
});
