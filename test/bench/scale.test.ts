import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { capacityFor, ON_AWS } from '../../bench/scale/capacity.ts';
import { type Scenario, simulate } from '../../bench/scale/model.ts';
import { afterOutage, flood, hotUser, steady } from '../../bench/scale/scenarios.ts';
import { sizesTable } from '../../bench/scale/sizes.ts';

const SHORT = { ...afterOutage(2), seconds: 2 * 3_600, isDown: (second: number) => second < 3_600 };

describe('the model of the deployed system', () => {
  test.each<[string, Scenario, number | undefined]>([
    ['steady', steady(20), undefined],
    ['over the throttle', { ...steady(80), seconds: 60 }, undefined],
    ['after an outage', SHORT, undefined],
    ['beside strangers', flood(5, 500), undefined],
    ['half about one user', { ...hotUser(500), seconds: 60 }, 500],
    ['ten thousand a second', { ...steady(10_000), seconds: 60 }, 10_000],
  ])('loses nothing and invents nothing: %s', (_, scenario, expected) => {
    const { sent, answers, lost, applied, published, deadLetters } = simulate(scenario, capacityFor(expected), ON_AWS);
    expect(answers['202']).toBe(sent - lost);
    expect(applied + deadLetters).toBe(answers['202']);
    expect(published).toBe(applied);
    expect(lost).toBe(0);
  });

  test('takes as long as its parts where nothing binds', () => {
    const { receiptToTable, toEvent, binding, backlogAtMost } = simulate(steady(10), capacityFor(undefined), ON_AWS);
    const alone = ON_AWS.queueDelay + ON_AWS.applyBatch + ON_AWS.applyEach;
    expect(receiptToTable.median).toBeCloseTo(alone - ON_AWS.ingest, 1);
    expect(toEvent.median).toBeCloseTo(alone + ON_AWS.streamDelay + ON_AWS.publishBatch, 1);
    expect([binding, backlogAtMost]).toEqual([[], 0]);
  });

  test('names what binds first', () => {
    const first = (scenario: Scenario, expected: number | undefined, more = {}) =>
      simulate(scenario, capacityFor(expected, more), ON_AWS).binding[0]?.[0];
    const second = { ...steady(1_000), seconds: 30 };
    expect(first({ ...steady(80), seconds: 30 }, undefined)).toBe('route throttle');
    expect(first(second, 1_000, { lambdaConcurrency: 10 })).toBe('concurrency of the account');
    expect(first(second, 1_000, { applyConcurrency: 1 })).toBe('concurrency of apply');
    expect(first(second, 1_000, { warmWrites: 100, throttleRate: 2_000 })).toBe('write capacity of the table');
    const { binding } = simulate({ ...steady(10_000), seconds: 30 }, capacityFor(10_000, { putEvents: 10 }), ON_AWS);
    expect(binding.map(([what]) => what)).toEqual(['pollers of the queue', 'PutEvents']);
  });

  test('gives what the throttle refused, after the retries of Fractal', () => {
    // Twice the throttle for a minute: the rest comes with the retries.
    const { answers, sent, toTable, drained } = simulate({ ...steady(100), seconds: 60 }, capacityFor(undefined), ON_AWS);
    expect(answers['202']).toBe(sent);
    expect(answers['429']).toBeGreaterThan(sent / 4);
    expect(toTable.worst).toBeGreaterThan(20);
    expect(drained).toBeGreaterThan(20);
  });
});

test('the page has the sizes as they are computed', () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/scale.md'), 'utf8')).toContain(sizesTable());
});
