import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { capacityFor, ON_AWS } from '../../bench/scale/capacity.ts';
import { simulate } from '../../bench/scale/model.ts';
import { steady } from '../../bench/scale/scenarios.ts';
import { FractalWebhooks } from '../../infra/fractal-webhooks.ts';
import { readSettings } from '../../infra/read-settings.ts';
import { type Json, resourcesOf } from '../support/templates.ts';

const SIZES = [1, 10, 50, 100, 500, 1_000, 2_000, 5_000, 10_000];
const sized = (expectedPerSecond: number, more: object = {}) => readSettings({ stage: 'prod', expectedPerSecond, ...more });

const templateOf = (settings: object): Json => {
  // Without bundling the functions.
  const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Team');
  new FractalWebhooks(stack, 'Webhooks', { stage: 'prod', ...settings });
  return Template.fromStack(stack).toJSON();
};

/**
 * A partition takes a thousand writes per second and has a shard, of which the factor says how many batches are processed at once: one to
 * ten. Less than the 4,000 writes of a new table would be refused.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
 */
test('the template warms both tables, and publish has concurrency for every batch of every shard', () => {
  const template = templateOf({ expectedPerSecond: 3_000, reserveConcurrency: true });
  const warm = resourcesOf(template, 'AWS::DynamoDB::Table').map(([, { Properties }]) => Properties.WarmThroughput);
  expect(warm).toEqual([{ WriteUnitsPerSecond: 6_000 }, { WriteUnitsPerSecond: 6_000 }]);
  const mappings = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => Properties);
  const factors = mappings.flatMap(({ ParallelizationFactor }) => ParallelizationFactor ?? []);
  expect(factors).toEqual([sized(3_000).streamParallelization]);
  expect(factors[0]).toBeGreaterThan(1);
  expect(factors[0]).toBeLessThanOrEqual(10);
  const [[, publish] = []] = resourcesOf(template, 'AWS::Lambda::Function').filter(([id]) => /PublishFunction/.test(id));
  expect(publish?.Properties.ReservedConcurrentExecutions).toBeGreaterThanOrEqual(6 * factors[0]);
});

describe('expectedPerSecond', () => {
  test('changes nothing that the defaults can take', () => {
    const { expectedPerSecond, ...settings } = sized(10);
    expect([expectedPerSecond, settings]).toEqual([10, readSettings({ stage: 'prod' })]);
  });

  test('derives settings that grow with it, within the limits of AWS, and that do not contradict it', () => {
    const all = SIZES.map((size) => sized(size));
    for (const name of ['throttleRate', 'throttleBurst', 'applyConcurrency', 'streamParallelization'] as const) {
      const values = all.map((settings) => settings[name]);
      expect([name, values]).toEqual([name, values.toSorted((a, b) => a - b)]);
    }
    expect(all.map(({ warmWrites }) => warmWrites)).toEqual([...Array(6).fill(undefined), undefined, 10_000, 20_000]);
    expect(all.map(({ batchWindowSeconds }) => batchWindowSeconds)).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 1]);
  });

  test.each(SIZES)('takes %d a second for a minute, and is done soon after', (size) => {
    const { answers, drained, deadLetters } = simulate({ ...steady(size), seconds: 60 }, capacityFor(size), ON_AWS);
    expect([answers['429'], answers['5xx'], deadLetters]).toEqual([0, 0, 0]);
    expect(drained).toBeLessThan(5);
  });

  test('is overridden by each setting, if that does not contradict it', () => {
    expect(sized(100, { applyConcurrency: 40 })).toMatchObject({ applyConcurrency: 40, throttleRate: 200 });
  });

  test.each([
    [{ throttleRate: 99 }, 'throttleRate is 99, below expectedPerSecond, which is 100: the others would get 429'],
    [
      { expectedPerSecond: 5_000, applyConcurrency: 2 },
      /applyConcurrency is 2, which applies about \d+ per second; expectedPerSecond is 5000/,
    ],
    [
      { expectedPerSecond: 10_000, streamParallelization: 1, warmWrites: 10_000 },
      /streamParallelization is 1, which publishes about \d+ per second/,
    ],
    [{ expectedPerSecond: 10_000, warmWrites: 5_000 }, /warmWrites is 5000, below expectedPerSecond/],
  ])('is contradicted by %j', (given, problem) => {
    expect(() => sized(100, given)).toThrow(problem);
  });

  test.each([0, 10_001, 1.5, 'many'])('cannot be %j', (expectedPerSecond) => {
    expect(() => readSettings({ stage: 'prod', expectedPerSecond })).toThrow(/^expectedPerSecond is /);
  });
});
