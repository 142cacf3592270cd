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
    const custom = names.filter((name) => /^Acknowledged$/.test(name));
    const secrets = resourcesOf(template, 'AWS::SecretsManager::Secret').length;
    const cost = metrics.length * 0.1 + custom.length * 0.3 + secrets * 0.4;
    return { alarms: alarms.length, metrics: metrics.length, custom: custom.length, secrets, cost };
  };

  /** The fixed cost of a feature, by the start of its row, without the idle polling of its queue. */
  const ofFeature = (start: string) => Number(new RegExp(`^\\| ${start}.*? \\| \\$(\\d\\.\\d\\d) \\|`, 'm').exec(page)?.[1]);
  const IDLE_POLLING = 0.28;

  test('is that of the alarms, the metric and the secret of the template', () => {
    const { alarms, metrics, custom, secrets, cost } = fixed(variant('prod').template);
    const ofHistory = 0.1;
    expect([custom, secrets]).toEqual([1, 1]);
    expect(page).toContain(
      `| fixed: ${alarms} alarms on ${metrics - 1} metrics, a custom metric, a secret | $${(cost - ofHistory).toFixed(2)} | $${(cost - ofHistory).toFixed(2)} | $${Math.round(cost - ofHistory)} |`,
    );
    expect(ofFeature('the receiver') + ofFeature('`changeEvents`') + ofFeature('`history`')).toBeCloseTo(cost);
  });

  test('of each feature is what it adds to the template', () => {
    const costOf = (name: string) => fixed(variant(name).template).cost;
    expect(ofFeature('`changeEvents`') + ofFeature('`history`')).toBeCloseTo(
      costOf('dev') - costOf('without traces, release check and events'),
    );
    const forwardTo = ofFeature('`forwardTo`') - IDLE_POLLING;
    expect(forwardTo).toBeCloseTo(costOf('with a domain and former paths') - costOf('staging'));
    // The alarms of the daily comparison. The rest of its row depends on how long it takes.
    const daily = 0.2;
    expect(forwardTo + ofFeature('`reconcile`') + daily).toBeCloseTo(costOf('with all optional settings') - costOf('prod'));
  });

  test('and the cost for the notifications add up to the totals', () => {
    const rows = page.slice(page.indexOf('| notifications a month'), page.indexOf('What each feature')).split('\n');
    const dollars = (row = '') => [...row.matchAll(/\$([\d.]+)/g)].map(([, value]) => Number(value));
    const [without, history, total] = ['**without', 'history:', '**by default'].map((start) =>
      dollars(rows.find((row) => row.startsWith(`| ${start}`))),
    );
    const items = rows
      .slice(
        2,
        rows.findIndex((row) => row.startsWith('| **without')),
      )
      .map(dollars);
    for (const size of [0, 1, 2]) {
      const sum = items.reduce((all, item) => all + (item[size] ?? Number.NaN), 0);
      expect(without?.[size]).toBeCloseTo(sum);
      expect(total?.[size]).toBeCloseTo(sum + (history?.[size] ?? Number.NaN));
    }
    expect(without?.[0]).toBeLessThanOrEqual(4);
    expect(without?.[1]).toBeLessThanOrEqual(9);
  });
});
