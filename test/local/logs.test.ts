import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Trace } from '../../emulator/runtime/tracing.ts';
import { mapConcurrent } from '../../functions/map-concurrent.ts';
import { eventually } from '../support/eventually.ts';
import { anEmailChange, aVerification, signed } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';
import { linesWithSecrets } from '../support/secrets-in-logs.ts';

let stack: RunningStack;

beforeAll(async () => {
  stack = await runStack({ installation: { tracing: true } });
});

afterAll(() => stack.stop());

/**
 * The ids of the logged outcomes. If the answer to a write times out, its retry is a duplicate: on a busy machine not every
 * delivery is logged as applied.
 */
const settledIn = (log: string): Set<string> => {
  const outcomes = log.matchAll(/"(?:applied|duplicate)":\{"n":\d+,"ids":(\[.*?\])/g);
  return new Set([...outcomes].flatMap(([, ids]) => JSON.parse(ids as string)));
};

const acceptedIn = (log: string): number => log.match(/"message":"accepted"/g)?.length ?? 0;

const publishedIn = (log: string): number =>
  [...log.matchAll(/"published":\{"n":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);

/** The logged bytes per delivery, over the three functions, until `count` more deliveries are applied and published. */
const bytesPerDelivery = async (count: number, deliver: () => Promise<unknown>): Promise<number> => {
  const before = await stack.logged();
  await deliver();
  // Empty also if a message has failed five times, on a machine that is too busy for any write: it then waits for a person.
  await eventually(async () => expect(await stack.queueDepth()).toBe(0));
  const after = await eventually(async () => {
    const log = await stack.logged();
    expect(settledIn(log).size).toBe(settledIn(before).size + count);
    expect(publishedIn(log)).toBe(publishedIn(before) + count);
    expect(acceptedIn(log)).toBe(acceptedIn(before) + count);
    return log;
  }, 30_000);
  return (Buffer.byteLength(after) - Buffer.byteLength(before)) / count;
};

describe('the logs of the functions', () => {
  test('have at most 375 bytes per accepted delivery, even in batches of one', async () => {
    await stack.deliver(aVerification());
    await eventually(async () => {
      const log = await stack.logged();
      expect([acceptedIn(log), publishedIn(log)]).toEqual([1, 1]);
    });
    await eventually(async () =>
      expect(await bytesPerDelivery(1, () => stack.deliver(aVerification()))).toBeLessThanOrEqual(375),
    );
    // On a busy machine a write may time out and be retried, which is logged, too: then another 60 are measured.
    await eventually(async () => {
      const { length } = await stack.logged();
      const many = Array.from({ length: 60 }, () => aVerification());
      const together = await bytesPerDelivery(60, async () => {
        // Full batches, however long the deliveries take.
        await stack.feed('sqs', false);
        await stack.feed('dynamodb', false);
        await mapConcurrent(5, many, async (body) => void (await stack.deliver(body)));
        await stack.feed('sqs', true);
        await eventually(async () => expect(await stack.queueDepth()).toBe(0));
        await stack.feed('dynamodb', true);
      });
      expect((await stack.logged()).slice(length)).not.toMatch(/"(failed|duplicate|unpublished)":/);
      expect(together).toBeLessThan(215);
    }, 400_000);
  }, 600_000);

  test('contain the id of a delivery from the answer to the outcome', async () => {
    const { answer } = await stack.deliver(aVerification());
    const lines = await eventually(async () => {
      const found = (await stack.logged()).split('\n').filter((line) => line.includes(answer.id as string));
      expect(found).toHaveLength(2);
      return found.map((line) => JSON.parse(line).message);
    });
    // Each function writes its own log, so there is no order between them.
    expect(lines.toSorted()).toEqual(['accepted', 'batch']);
  });

  test('contain no token, signature or e-mail address', async () => {
    const body = anEmailChange('u', 'john.snow@fractal.id');
    await stack.deliver(body);
    await stack.deliver(body.replace('"email"', '"mail"'));
    await stack.deliver('{"type":"john.snow@fractal.id","data":{}}');
    await stack.deliver('"john.snow@fractal.id"');
    await stack.post(body, { 'x-fractal-signature': signed(body, 'another') });
    await stack.post(body, {});
    await stack.setFaults([{ service: 'sqs', action: 'SendMessage', fault: 'error' }]);
    await stack.deliver(body);
    await stack.setFaults([{ service: 'dynamodb', action: 'UpdateItem', fault: 'error' }]);
    await stack.deliver(body);
    const log = await eventually(async () => {
      const log = await stack.logged();
      for (const message of ['accepted', 'parked', 'refused', 'unavailable', '"failed"']) expect(log).toContain(message);
      return log;
    });
    await stack.setFaults([]);
    expect(linesWithSecrets(log)).toEqual([]);
    expect(linesWithSecrets('{"problem":"no such user: john.snow@fractal.id"}')).toHaveLength(1);
  });
});

test('a trace connects the request, the queue and the table', async () => {
  await stack.deliver(aVerification());
  await eventually(async () => {
    const traces = await stack.view<Trace[]>('traces');
    const ingest = traces.findLast(({ function: id }) => /^IngestFunction/.test(id));
    const apply = traces.find(({ links }) => links.includes(ingest?.root as string));
    expect(apply).toMatchObject({
      function: expect.stringMatching(/^ApplyFunction/),
      subsegments: [
        {
          name: 'DynamoDB',
          namespace: 'aws',
          trace_id: apply?.root,
          aws: { operation: 'UpdateItem', table_name: stack.tableName },
        },
      ],
    });
  });
});
