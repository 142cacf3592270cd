import { beforeAll, describe, expect, test } from '@jest/globals';
import { type AlarmState, evaluateAlarm, readAlarm } from '../../emulator/cloudwatch/alarm.ts';
import { putQueueMetrics } from '../../emulator/cloudwatch/aws-metrics.ts';
import { createMetrics } from '../../emulator/cloudwatch/metrics.ts';
import type { Properties } from '../../emulator/template/resolve.ts';
import { resolvedStack } from '../support/resolved.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let resources: Readonly<Record<string, Properties>>;

beforeAll(async () => {
  resources = await resolvedStack({ stage: 'prod' });
});

const named = (name: string) =>
  readAlarm(name, Object.values(resources).find(({ AlarmName }) => AlarmName === `FractalWebhooks-${name}`) as Properties);

const queueNamed = (pattern: RegExp): string => Object.keys(resources).find((id) => pattern.test(id)) as string;
const QUEUE = /^NotificationsQueue[0-9A-F]+$/;
const DEAD_LETTER_QUEUE = /^NotificationsDeadLetterQueue[0-9A-F]+$/;

/** Records metrics of a queue over time, and evaluates an alarm at given times. */
const overTime = (alarmName: string, queue: RegExp) => {
  const alarm = named(alarmName);
  const metrics = createMetrics();
  const begin = 1_000 * DAY;
  let state: AlarmState = 'INSUFFICIENT_DATA';
  const measure = (at: number, { visible = 0, hidden = 0, oldestMs = 0, sent = 0 }) =>
    putQueueMetrics((metric, value) => metrics.put(metric, value, begin + at), queueNamed(queue), {
      visible,
      hidden,
      oldestMs,
      sent,
    });
  const stateAt = (at: number): AlarmState => {
    state = evaluateAlarm(alarm, metrics, begin + at, state, begin - 30 * DAY);
    return state;
  };
  return { measure, stateAt };
};

describe.each([
  { queue: DEAD_LETTER_QUEUE, waiting: 'dead-letters', more: 'more-dead-letters', expiring: 'dead-letters-expiring' },
  {
    queue: /^ChangesUnpublished/,
    waiting: 'events-unpublished',
    more: 'more-events-unpublished',
    expiring: 'events-unpublished-expiring',
  },
])('an alarm on a queue that people empty: $waiting', ({ queue, waiting, more, expiring }) => {
  test('stays in ALARM while messages are received, or hidden for hours, and returns to OK 15 minutes after the last message is removed', () => {
    const { measure, stateAt } = overTime(waiting, queue);
    measure(0, { visible: 1 });
    expect(stateAt(MINUTE / 2)).toBe('ALARM');
    for (let minute = 1; minute <= 600; minute += 1) measure(minute * MINUTE, { hidden: 1 });
    expect(stateAt(600.5 * MINUTE)).toBe('ALARM');
    for (let minute = 601; minute <= 620; minute += 1) measure(minute * MINUTE, {});
    expect([stateAt(610.5 * MINUTE), stateAt(620.5 * MINUTE)]).toEqual(['ALARM', 'OK']);
  });

  test('keeps its state while SQS reports no metrics for an unused queue', () => {
    const { measure, stateAt } = overTime(waiting, queue);
    measure(0, { visible: 1 });
    expect([stateAt(MINUTE / 2), stateAt(7 * HOUR), stateAt(2 * DAY)]).toEqual(['ALARM', 'ALARM', 'ALARM']);
  });

  test('triggers for each new message in addition to old ones, but not for the first, nor when received messages become visible again', () => {
    const { measure, stateAt } = overTime(more, queue);
    const states: AlarmState[] = [];
    const held = [0, 0, 1, 1, 2, 2, 2, 2, 5, 5];
    for (const [index, visible] of held.entries()) {
      const at = index * 5 * MINUTE;
      measure(at, { visible });
      measure(at + MINUTE, { hidden: visible }); // somebody receives the messages
      measure(at + 4 * MINUTE, { visible });
      states.push(stateAt(at + 4.5 * MINUTE));
    }
    expect(states).toEqual(['OK', 'OK', 'OK', 'OK', 'ALARM', 'OK', 'OK', 'OK', 'ALARM', 'OK']);
  });

  test('triggers for each new message while the old ones are hidden for hours', () => {
    const { measure, stateAt } = overTime(more, queue);
    const states: AlarmState[] = [];
    for (const [index, [visible, hidden]] of [
      [2, 0],
      [0, 2],
      [0, 2],
      [1, 2],
      [0, 3],
      [0, 3],
      [3, 0],
    ].entries()) {
      const at = index * 5 * MINUTE;
      for (let minute = 0; minute < 5; minute += 1) measure(at + minute * MINUTE, { visible, hidden });
      states.push(stateAt(at + 4.5 * MINUTE));
    }
    expect(states).toEqual(['OK', 'OK', 'OK', 'ALARM', 'OK', 'OK', 'OK']);
  });

  test('triggers when the queue was not empty for a week, even if messages were received and some hours have no data', () => {
    const { measure, stateAt } = overTime(expiring, queue);
    for (let hour = 0; hour <= 7 * 24; hour += 1) {
      if (hour % 50 === 7) continue;
      measure(hour * HOUR, { visible: 3 });
      measure(hour * HOUR + MINUTE, { hidden: 3 });
      measure(hour * HOUR + 2 * MINUTE, { visible: 3 });
      if (hour === 6 * 24) expect(stateAt(hour * HOUR + 3 * MINUTE)).toBe('OK');
    }
    expect(stateAt(7 * DAY + 3 * MINUTE)).toBe('ALARM');
  });

  test('triggers when the queue was not empty for a week, although somebody hid all messages for twelve hours', () => {
    const { measure, stateAt } = overTime(expiring, queue);
    for (let hour = 0; hour <= 7 * 24; hour += 1) {
      measure(hour * HOUR, hour >= 50 && hour < 62 ? { hidden: 3 } : { visible: 3 });
      if (hour === 6 * 24) expect(stateAt(hour * HOUR + 3 * MINUTE)).toBe('OK');
    }
    expect(stateAt(7 * DAY + 3 * MINUTE)).toBe('ALARM');
  });
});

describe('server-errors', () => {
  // Fractal's first pause is 20 seconds, and each is twice as long as the one before.
  const RETRIES_S = [0, 20, 60, 140, 300, 620];

  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html: periods begin at whole multiples. */
  test('is triggered by the attempts at a single delivery, whenever the first one comes', () => {
    const { Threshold, Period } = Object.values(resources).find(
      ({ AlarmName }) => AlarmName === 'FractalWebhooks-server-errors',
    ) as { Threshold: number; Period: number };
    for (let first = 0; first < Period; first += 1) {
      const inPeriod = Map.groupBy(RETRIES_S, (after) => Math.floor((first + after) / Period));
      expect(Math.max(...[...inPeriod.values()].map(({ length }) => length))).toBeGreaterThanOrEqual(Threshold);
    }
  });
});

describe('an alarm on the queue', () => {
  test('triggers when a message has waited twice as long as five failed attempts take, and not before', () => {
    const state = (oldestMs: number) => {
      const { measure, stateAt } = overTime('oldest-message', QUEUE);
      measure(0, { visible: 1, oldestMs });
      return stateAt(1_000);
    };
    expect([state(5 * 61_000), state(611_000)]).toEqual(['OK', 'ALARM']);
  });
});

describe('the alarm nothing-received', () => {
  /** Puts hours with this many acknowledged deliveries, and this many of the product's own. */
  const stateAfter = (hours: readonly (readonly [acknowledged: number | undefined, own: number | undefined])[]): AlarmState => {
    const alarm = named('nothing-received');
    const metrics = createMetrics();
    const begin = 1_000 * DAY;
    for (const [hour, [acknowledged, own]] of hours.entries()) {
      const at = begin + hour * HOUR + MINUTE;
      if (acknowledged !== undefined) metrics.put({ namespace: 'FractalWebhooks', name: 'Acknowledged' }, acknowledged, at);
      if (own !== undefined) metrics.put({ namespace: 'FractalWebhooks', name: 'Own' }, own, at);
    }
    return evaluateAlarm(alarm, metrics, begin + hours.length * HOUR, 'OK', begin - 30 * DAY);
  };
  const hoursOf = (count: number, acknowledged?: number, own?: number) =>
    Array.from({ length: count }, () => [acknowledged, own] as const);

  test('triggers when Fractal has sent nothing for a day, the default in prod', () => {
    expect(stateAfter([[1, undefined], ...hoursOf(23)])).toBe('OK');
    expect(stateAfter([[1, undefined], ...hoursOf(24)])).toBe('ALARM');
  });

  test("triggers although the product's own requests are accepted", () => {
    expect(stateAfter(hoursOf(24, 3, 3))).toBe('ALARM');
    expect(stateAfter([...hoursOf(23, 3, 3), [3, 2]])).toBe('OK');
  });

  test('does not trigger if one of the metrics has no value in some hours', () => {
    expect(stateAfter([...hoursOf(12), [1, undefined], ...hoursOf(11, undefined, 1)])).toBe('OK');
  });
});

describe('the alarm events-stopped', () => {
  const begin = 1_000 * DAY;
  const quarter = 15 * MINUTE;

  /** The states at the end of each quarter of an hour. */
  const statesOf = (quarters: readonly { readonly updates?: number; readonly refused?: number; readonly invoked?: number }[]) => {
    const alarm = named('events-stopped');
    const metrics = createMetrics();
    const put = (pattern: RegExp, namespace: string, name: string, more: object, count = 0, at = 0) => {
      const [id = ''] = Object.keys(resources).filter((one) => pattern.test(one));
      const dimensions = namespace === 'AWS/Lambda' ? { FunctionName: id } : { TableName: id, ...more };
      for (let n = 0; n < count; n += 1) metrics.put({ namespace, name, dimensions }, 1, at);
    };
    let state: AlarmState = 'INSUFFICIENT_DATA';
    return quarters.map(({ updates, refused, invoked }, index) => {
      const at = begin + index * quarter + MINUTE;
      put(/^StatesTable/, 'AWS/DynamoDB', 'SuccessfulRequestLatency', { Operation: 'UpdateItem' }, updates, at);
      put(/^StatesTable/, 'AWS/DynamoDB', 'ConditionalCheckFailedRequests', {}, refused, at);
      put(/^ChangesPublishFunction/, 'AWS/Lambda', 'Invocations', {}, invoked, at);
      state = evaluateAlarm(alarm, metrics, begin + (index + 1) * quarter, state, begin - 30 * DAY);
      return state;
    });
  };

  test('triggers when items are written in two periods and publish is not invoked, and returns to OK', () => {
    const stopped = { updates: 3 };
    const runs = { updates: 3, invoked: 2 };
    expect(statesOf([runs, stopped, stopped])).toEqual(['OK', 'OK', 'ALARM']);
    expect(statesOf([stopped, {}, {}, stopped]).at(-1)).toBe('ALARM');
    expect(statesOf([stopped, stopped, ...Array.from({ length: 8 }, () => runs)]).at(-1)).toBe('OK');
  });

  test('does not trigger for a change that is published in the next period, for repeated notifications, or for silence', () => {
    expect(statesOf([{ updates: 1 }, { invoked: 1 }, {}, {}])).toEqual(['OK', 'OK', 'OK', 'OK']);
    expect(statesOf([{ updates: 4, refused: 4 }, { updates: 4, refused: 4 }, { refused: 9 }])).toEqual(['OK', 'OK', 'OK']);
    expect(statesOf([{}, {}, {}])).toEqual(['OK', 'OK', 'OK']);
  });
});
