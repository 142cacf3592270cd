import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ChangeEvent } from '../../../functions/core/event.ts';
import { createPublish, type Dependencies } from '../../../functions/publish/publish.ts';
import type { StreamRecord } from '../../../functions/publish/schedule.ts';
import { inFull } from '../../support/effort.ts';

const NOW = Date.parse('2024-06-01T00:00:00Z');
const HOUR = 3_600_000;

/** The n-th change of an item: its level is approved, with as_of n. */
const record = (item: string, n: number, parts: Partial<StreamRecord> = {}): StreamRecord => {
  const image = (asOf: number) => ({
    user_id: item,
    level: 'basic',
    status: 'approved',
    timestamp: new Date(asOf).toISOString(),
    as_of: asOf,
  });
  return {
    id: `${item}${n}`,
    sequenceNumber: `${item}${n}`,
    at: NOW,
    key: { pk: `USER#${item}`, sk: 'LEVEL#basic' },
    before: n > 1 ? image(n - 1) : undefined,
    after: image(n),
    ...parts,
  };
};

const idOf = ({ detail }: ChangeEvent) => detail.id;

const publishing = (dependencies: Partial<Dependencies> = {}) => {
  const put: string[][] = [];
  const aside: string[] = [];
  const publish = createPublish({
    put: async (events) => {
      put.push(events.map(idOf));
      return events.map(() => undefined);
    },
    setAside: async ({ id }) => void aside.push(id),
    describe: String,
    pause: async () => {},
    now: () => NOW,
    ...dependencies,
  });
  const run = async (...records: StreamRecord[]) => {
    const results = await publish(records, new AbortController().signal);
    return Object.fromEntries(results.map(({ record: { id }, kind }) => [id, kind]));
  };
  return { run, publish, put, aside };
};

describe('publishing', () => {
  test('puts up to ten events of different items per call, and the events of one item one after the other', async () => {
    const { run, put } = publishing();
    const items = [...'abcdefghijkl'];
    await run(...items.map((item) => record(item, 1)), record('a', 2), record('a', 3));
    expect(put.every((ids) => ids.length <= 10)).toBe(true);
    expect(put.every((ids) => new Set(ids.map((id) => id[0])).size === ids.length)).toBe(true);
    expect(put.flat().filter((id) => id.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(put.flat()).toHaveLength(14);
  });

  test("publishes nothing if only a team's own attributes changed", async () => {
    const { run, put } = publishing();
    const same = record('a', 2);
    expect(await run({ ...same, before: same.after }, record('b', 1))).toEqual({ a2: 'nothing_to_publish', b1: 'published' });
    expect(put).toEqual([['b1']]);
  });

  test('a rejected entry blocks only its own item', async () => {
    const { run } = publishing({
      put: async (events) => events.map((event) => (/^b/.test(idOf(event)) ? 'Throttled' : undefined)),
    });
    expect(await run(record('a', 1), record('b', 1), record('b', 2), record('a', 2), record('c', 1))).toEqual({
      a1: 'published',
      a2: 'published',
      b1: 'failed',
      b2: 'failed',
      c1: 'published',
    });
  });

  test('retries a rejected entry three times, with increasing pauses', async () => {
    const pauses: number[] = [];
    let refusals = 3;
    const { run } = publishing({
      put: async (events) => events.map((event) => (idOf(event) === 'b1' && refusals-- > 0 ? 'Throttled' : undefined)),
      pause: async (ms) => void pauses.push(ms),
    });
    expect(await run(record('a', 1), record('b', 1), record('b', 2))).toEqual({
      a1: 'published',
      b1: 'published',
      b2: 'published',
    });
    expect(pauses).toEqual([50, 100, 200]);
  });

  test('does not pause after the last retry', async () => {
    const pauses: number[] = [];
    const { run } = publishing({
      put: async (events) => events.map(() => 'Throttled'),
      pause: async (ms) => void pauses.push(ms),
    });
    expect(await run(record('a', 1))).toEqual({ a1: 'failed' });
    expect(pauses).toEqual([50, 100, 200]);
  });

  test('pauses for an item that was rejected even if another has just failed', async () => {
    const pauses: number[] = [];
    const { run } = publishing({
      put: async (events) => events.map((event) => (/^[ak]/.test(idOf(event)) ? 'Throttled' : undefined)),
      pause: async (ms) => void pauses.push(ms),
    });
    // The eleventh item is first put in the second call.
    const results = await run(...[...'abcdefghijk'].map((item) => record(item, 1)));
    expect(results).toMatchObject({ a1: 'failed', b1: 'published', k1: 'failed' });
    expect(pauses).toEqual([50, 100, 200, 200]);
  });

  test('does not retry if the whole call fails', async () => {
    let calls = 0;
    const { run } = publishing({
      put: async () => {
        calls += 1;
        throw new Error('down');
      },
    });
    const records = [...'abcdefghijklmno'].map((item) => record(item, 1));
    expect(new Set(Object.values(await run(...records)))).toEqual(new Set(['failed']));
    expect(calls).toBe(1);
  });

  test('treats a response with too few results as failed', async () => {
    const { publish } = publishing({ put: async () => [] });
    expect(await publish([record('a', 1)], new AbortController().signal)).toMatchObject([
      { kind: 'failed', problem: expect.stringContaining('EventBridge did not return one result per event') },
    ]);
  });

  test('sets a contradiction of the rule of the table aside at once, and continues with the item', async () => {
    const { run, aside, put } = publishing();
    const wrong = record('a', 1, { after: { ...record('a', 1).after, as_of: 'yesterday' } });
    expect(await run(wrong, record('a', 2))).toEqual({ a1: 'set_aside', a2: 'published' });
    expect([aside, put]).toEqual([['a1'], [['a2']]]);
  });

  /** A person can write up to 400 KB into an item. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
  test('sets an event that EventBridge can never take aside at once, and puts no more into a call than it takes', async () => {
    const long = (item: string, bytes: number) =>
      record(item, 1, { after: { ...record(item, 1).after, level: 'x'.repeat(bytes) } });
    const keyed = (one: StreamRecord) => ({ ...one, key: { ...one.key, sk: `LEVEL#${one.after?.level}` } });
    const problems: string[] = [];
    const { run, put } = publishing({ setAside: async (_, problem) => void problems.push(problem) });
    expect(
      await run(record('a', 1), keyed(long('b', 300_000)), keyed(long('c', 200_000)), keyed(long('d', 200_000)), record('e', 1)),
    ).toEqual({
      a1: 'published',
      b1: 'set_aside',
      c1: 'published',
      d1: 'published',
      e1: 'published',
    });
    expect(problems).toEqual([expect.stringMatching(/^its event has 300\d{3} bytes, and EventBridge takes 262144$/)]);
    expect(put.flat().sort()).toEqual(['a1', 'c1', 'd1', 'e1']);
    expect(put.some((ids) => ids.includes('c1') && ids.includes('d1'))).toBe(false);
  });

  test('reports a record that cannot be set aside as failed, so that nothing is lost', async () => {
    const { run } = publishing({
      setAside: async () => {
        throw new Error('no queue');
      },
    });
    expect(await run(record('a', 1, { after: { ...record('a', 1).after, as_of: 'yesterday' } }))).toEqual({ a1: 'failed' });
  });

  test('sets a record that failed for almost a day aside before it expires in the stream', async () => {
    const { run, aside } = publishing({ put: async (events) => events.map(() => 'InternalFailure') });
    expect(await run(record('a', 1, { at: NOW - 24 * HOUR }), record('a', 2, { at: NOW - HOUR }))).toEqual({
      a1: 'set_aside',
      a2: 'failed',
    });
    expect(aside).toEqual(['a1']);
    const atTheLimit = record('b', 1, { at: NOW - 23 * HOUR });
    expect(await run(atTheLimit)).toEqual({ b1: 'failed' });
    expect(await run({ ...atTheLimit, at: atTheLimit.at - 1 })).toEqual({ b1: 'set_aside' });
  });

  test('stops on timeout, and reports the remaining records as failed', async () => {
    const timeUp = new AbortController();
    const publish = createPublish({
      put: async (events) => {
        timeUp.abort();
        return events.map(() => undefined);
      },
      setAside: async () => {},
      describe: String,
      pause: async () => {},
      now: () => NOW,
    });
    const results = await publish([record('a', 1), record('a', 2)], timeUp.signal);
    expect(results).toMatchObject([
      { record: { id: 'a1' }, kind: 'published' },
      { record: { id: 'a2' }, kind: 'failed', problem: expect.stringContaining('out of time') },
    ]);
    expect(results).toHaveLength(2);
  });

  test('publishes every change, and the newest state last, if records are redelivered from the first failure on, as Lambda does', async () => {
    const entries = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(entries, fc.infiniteStream(fc.constantFrom('taken', 'taken', 'refused', 'down')), async (items, fates) => {
        const counts = new Map<string, number>();
        const records = items.map((item, index) => {
          counts.set(item, (counts.get(item) ?? 0) + 1);
          return record(item, counts.get(item) as number, { sequenceNumber: String(index) });
        });
        const published: string[] = [];
        const publish = createPublish({
          put: async (events) => {
            const each = events.map(() => fates.next().value);
            if (each.includes('down')) throw new Error('down');
            return events.map((event, index) => {
              if (each[index] === 'refused') return 'refused';
              published.push(idOf(event));
              return undefined;
            });
          },
          setAside: async () => {
            throw new Error('unexpected call');
          },
          describe: String,
          pause: async () => {},
          now: () => NOW,
        });
        for (let left = records; left.length > 0; ) {
          const results = await publish(left, new AbortController().signal);
          const failed = new Set(results.filter(({ kind }) => kind === 'failed').map(({ record: { id } }) => id));
          const first = left.findIndex(({ id }) => failed.has(id));
          left = first < 0 ? [] : left.slice(first);
        }
        for (const [item, count] of counts) {
          const ofItem = published.filter((id) => id.startsWith(item)).map((id) => Number(id.slice(1)));
          expect(new Set(ofItem)).toEqual(new Set(Array.from({ length: count }, (_, index) => index + 1)));
          expect(ofItem.at(-1)).toBe(count);
          // No event is published before the previous one of the item.
          for (const [index, n] of ofItem.entries()) expect(n === 1 || ofItem.slice(0, index).includes(n - 1)).toBe(true);
        }
      }),
      { numRuns: inFull ? 2_000 : 100 },
    );
  });
});
