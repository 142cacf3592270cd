import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

/** With the default limits, and also with reserved concurrency. */
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

  test('of unsigned requests is answered 401 or 429, never 5xx', async () => {
    const answers = await threeHundred(() => stack.post('{}', {}));
    expect(Object.keys(answers).filter((status) => !['401', '429'].includes(status))).toEqual([]);
    expect(answers[401]).toBeGreaterThanOrEqual(100);
  });

  test("of signed notifications is answered 202, or 429 beyond the route's limit, and all accepted ones are applied", async () => {
    let accepted = 0;
    let unavailable = 0;
    // On a busy machine ingest answers 503 at its own deadline: then another burst follows.
    await eventually(async () => {
      const answers = await threeHundred(() => stack.deliver(aVerification()));
      accepted += answers[202] ?? 0;
      unavailable += answers[503] ?? 0;
      expect(Object.keys(answers).filter((status) => !['202', '429'].includes(status))).toEqual([]);
    });
    const items = async () => (await stack.dynamodb.send(new ScanCommand({ TableName: stack.tableName, Select: 'COUNT' }))).Count;
    await eventually(async () => expect(await items()).toBeGreaterThanOrEqual(accepted));
    // A delivery that got 503 may have reached the queue.
    expect(await items()).toBeLessThanOrEqual(accepted + unavailable);
  });

  test('does not trigger the server-errors alarm, or only until it is answered without errors', async () => {
    const alarms = () => stack.view('alarms');
    await eventually(async () => expect(await alarms()).toMatchObject({ 'FractalWebhooks-server-errors': 'OK' }), 240_000);
  });
});
