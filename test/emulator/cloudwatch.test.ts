import { describe, expect, test } from '@jest/globals';
import { metricData } from '../../emulator/cloudwatch/metric-data.ts';
import { readMetricFilter } from '../../emulator/cloudwatch/metric-filter.ts';
import { readExpression } from '../../emulator/cloudwatch/metric-math.ts';
import { createMetrics } from '../../emulator/cloudwatch/metrics.ts';

const aFilter = (FilterPattern: string, more: object = {}) =>
  readMetricFilter({
    LogGroupName: 'logs',
    FilterPattern,
    MetricTransformations: [{ MetricNamespace: 'Stack', MetricName: 'Name', MetricValue: '1', ...more }],
  });

describe('a metric filter', () => {
  test.each([
    ['{ $.own IS TRUE }', { own: true }, { own: 'true' }],
    ['{ $.id != "release-check" }', { id: 'other' }, { id: 'release-check' }],
    ['{ $.id != "release-check" }', { id: '' }, {}],
    ['{ $.n != 3 }', { n: 4 }, { n: 3 }],
    ['{ $.status = "202" }', { status: '202' }, { status: 202 }],
  ])('%s', (pattern, counted, notCounted) => {
    expect(aFilter(pattern).read(counted)).toEqual({ metric: { namespace: 'Stack', name: 'Name' }, value: 1 });
    expect(aFilter(pattern).read(notCounted)).toBeUndefined();
  });

  test('takes dimensions from fields, and counts only lines that have all of them', () => {
    const filter = aFilter('{ $.cause = "*" }', {
      Dimensions: [
        { Key: 'Cause', Value: '$.cause' },
        { Key: 'Entry', Value: '$.entry' },
      ],
    });
    const metric = { namespace: 'Stack', name: 'Name', dimensions: { Cause: 'sha256', Entry: '*' } };
    expect(filter.read({ cause: 'sha256', entry: '*' })).toEqual({ metric, value: 1 });
    expect(filter.read({ cause: 'sha256' })).toBeUndefined();
  });

  test.each(['{ $.a IS FALSE }', '{ $.a NOT EXISTS }', 'ERROR'])('with an unsupported pattern is an error: %s', (pattern) => {
    expect(() => aFilter(pattern)).toThrow('The local CloudWatch does not support');
  });
});

describe('metric math', () => {
  const evaluate = (expression: string, values: Readonly<Record<string, number>>) =>
    readExpression(expression, ['one', 'other'])((name) => values[name]);

  test('fills missing values', () => {
    const difference = 'FILL(one, 0) - FILL(other, 0)';
    expect(evaluate(difference, { one: 3, other: 1 })).toBe(2);
    expect(evaluate(difference, { one: 3 })).toBe(3);
    expect(evaluate(difference, { other: 3 })).toBe(-3);
    expect(evaluate(difference, {})).toBe(0);
    expect(evaluate('FILL(one, 7) + other', { other: 1 })).toBe(8);
    expect(evaluate('FILL(one, 7) + other', { one: 1 })).toBeUndefined();
  });

  test('with another function is an error', () => {
    expect(() => evaluate('FILL(one, REPEAT)', {})).toThrow('cannot evaluate');
  });
});

test('GetMetricData returns the values per period, newest first, and none for an unknown metric', () => {
  const metrics = createMetrics();
  const metric = { namespace: 'Stack', name: 'Name', dimensions: { Cause: 'sha256' } };
  for (const [seconds, value] of [
    [60, 9],
    [61, 1],
    [120, 2],
    [150, 4],
    [300, 9],
  ] as const)
    metrics.put(metric, value, seconds * 1_000);
  const query = (Id: string, MetricName: string) => ({
    Id,
    MetricStat: {
      Metric: { Namespace: 'Stack', MetricName, Dimensions: [{ Name: 'Cause', Value: 'sha256' }] },
      Period: 60,
      Stat: 'Sum',
    },
  });
  const asked = { StartTime: 60, EndTime: 240, MetricDataQueries: [query('a', 'Name'), query('b', 'Other')] };
  expect(metricData(metrics, asked).MetricDataResults).toEqual([
    { Id: 'a', Label: 'Name', Timestamps: [120, 60], Values: [4, 3], StatusCode: 'Complete' },
    { Id: 'b', Label: 'Other', Timestamps: [], Values: [], StatusCode: 'Complete' },
  ]);
});
