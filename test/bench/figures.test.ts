import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { costPerMillion, eventsPerMillion, tracesPerMillion } from '../../bench/cost.ts';
import { isMet } from '../../bench/figures.ts';
import { quantile, spreadOf } from '../../bench/measure/statistics.ts';
import { type Json, resourcesOf, variant } from '../support/templates.ts';

describe('the cost of a million notifications', () => {
  test('is the sum of the measured usage at list prices', () => {
    const cost = costPerMillion({ ingestCpuMs: 1, applyMs: 1, sqsCalls: 1, writeUnits: 1, logBytes: 105 }, 10);
    expect(cost['HTTP API']).toBeCloseTo(1);
    expect(cost.Lambda).toBeCloseTo(0.22 + 0.012 * 0.5 * 13.3334);
    expect(cost.SQS).toBeCloseTo(0.48);
    expect(cost.DynamoDB).toBeCloseTo(0.625);
    expect(cost.Logs).toBeCloseTo(0.1);
    expect(cost.together).toBeCloseTo(1 + 0.22 + 0.08 + 0.48 + 0.625 + 0.1);
  });

  test('includes per event the bus, the archive, its share of an invocation, and its log', () => {
    expect(eventsPerMillion(1, 100, 10)).toBeCloseTo(1 + 0.06 + 0.02 + 0.002 * 0.5 * 13.3334 + 0.05);
  });

  test('includes traces of the first request per second and 5 % of the rest, for both functions', () => {
    expect(tracesPerMillion(1, 10)).toBeCloseTo((1 + 0.1) * 5);
    expect(tracesPerMillion(100, 10)).toBeCloseTo(((1 + 0.05 * 99 + 1 + 0.05 * 9) / 100) * 5);
  });
});

test('a limit can be an upper or a lower bound', () => {
  const figure = { what: '', unit: '', limit: 1 };
  expect([0.9, 1, 1.1].map((value) => isMet({ ...figure, value, atMost: true }))).toEqual([true, true, false]);
  expect([0.9, 1, 1.1].map((value) => isMet({ ...figure, value, atMost: false }))).toEqual([false, true, true]);
});

test('a spread is the median and the interquartile range', () => {
  expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4 });
  expect(spreadOf([4, 1, 3, 2]).median).toBe(2.5);
  expect(quantile([1, 2, 3, 4], 0.99)).toBeCloseTo(3.97);
  expect(quantile([1, 2], 1)).toBe(2);
});

describe('the fixed cost on the page', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/cost.md'), 'utf8');

  /** What is charged for, however few notifications there are. */
  const fixed = (template: Json) => {
    const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
    const metrics = alarms.flatMap(({ Metrics = [{ MetricStat: {} }] }) => Metrics.filter((one: Json) => one.MetricStat));
    // Charged for the hours in which it gets a value: the others count what should not happen.
    const names = resourcesOf(template, 'AWS::Logs::MetricFilter').map(
      ([, { Properties }]) => Properties.MetricTransformations[0].MetricName,
    );
    const custom = names.filter((name) => /^(Acknowledged|Applied|Published|Lag|Forwarded)$/.test(name));
    const secrets = resourcesOf(template, 'AWS::SecretsManager::Secret').length;
    const cost = metrics.length * 0.1 + custom.length * 0.3 + secrets * 0.4;
    return { alarms: alarms.length, metrics: metrics.length, custom: custom.length, secrets, cost };
  };

  test('is that of the alarms, metrics and secret of the template', () => {
    const { alarms, metrics, custom, cost } = fixed(variant('prod').template);
    expect(page).toContain(
      `| fixed: ${alarms} alarms on ${metrics} metrics, ${custom} custom metrics, a secret | $${cost.toFixed(2)} | $${cost.toFixed(2)} | $${Math.round(cost)} |`,
    );
  });

  test('of a backend is what forwardTo adds', () => {
    const [without, backend] = [fixed(variant('staging').template), fixed(variant('with a domain and former paths').template)];
    const more = (name: keyof typeof without) => backend[name] - without[name];
    expect([more('alarms'), more('custom'), more('secrets'), more('cost')]).toEqual([4, 1, 1, expect.closeTo(1.4)]);
    expect(page).toContain('a fixed $1.40 for four alarms, a metric and a secret');
  });
});
