import { concurrencyNeeded } from '../../infra/limits.ts';
import { readSettings } from '../../infra/read-settings.ts';
import { PRICES } from '../cost.ts';
import { capacityFor, ON_AWS } from './capacity.ts';
import { AWS } from './limits.ts';
import { simulate } from './model.ts';
import { seconds } from './report.ts';
import { steady } from './scenarios.ts';

const SIZES = [1, 10, 100, 1_000, 2_000, 5_000, 10_000];
const MONTH_S = 730 * 3_600;
const MEMORY_GB = 0.5;
const FIXED = 3.5; // docs/cost.md
const WRITES = 2; // the table and the history
const ARCHIVED_BYTES = 600;
const LOG_BYTES = 500;

const NUMBER = new Intl.NumberFormat('en-US');
const n = (value: number): string => NUMBER.format(Math.round(value));

/** A row per size: what `expectedPerSecond` sets, which quotas to ask for, how long it takes, and the bill of such a month. */
export const sizesTable = (): string =>
  [
    '| a second | throttle: rate, burst | window | apply at once | per shard | warm writes | quotas to raise | receipt to table: median, 99 % | first attempt to event, 99 % | a month |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...SIZES.map(rowOf),
  ].join('\n');

const rowOf = (size: number): string => {
  const settings = readSettings({ stage: 'prod', expectedPerSecond: size });
  const { throttleRate, throttleBurst, batchWindowSeconds, applyConcurrency, streamParallelization, warmWrites } = settings;
  const simulated = simulate({ ...steady(size), seconds: 120 }, capacityFor(size), ON_AWS);
  const concurrency = concurrencyNeeded(settings);
  const quotas = [
    ...(concurrency > AWS.lambdaConcurrency.value ? [`${n(concurrency)} concurrent executions`] : []),
    ...(throttleRate >= AWS.apiRate.value ? [`more than ${n(AWS.apiRate.value)} requests per second to HTTP APIs`] : []),
    ...(size > 600 ? [`PutEvents: ${n(size)} per second, where the region has less`] : []),
  ];
  const { receiptToTable, toEvent } = simulated;
  return `| ${n(size)} | ${n(throttleRate)}, ${n(throttleBurst)} | ${batchWindowSeconds} s | ${n(applyConcurrency)} | ${streamParallelization} | ${warmWrites === undefined ? '–' : n(warmWrites)} | ${quotas.join('; ') || '–'} | ${seconds(receiptToTable.median)}, ${seconds(receiptToTable.p99)} | ${seconds(toEvent.p99)} | $${n(billOf(size, simulated))} |`;
};

/** Dollars for a month at this rate, at list prices without discounts, with history and events. */
const billOf = (size: number, { applied, invocations }: ReturnType<typeof simulate>): number => {
  const batch = applied / invocations.apply;
  const changes = applied / invocations.publish;
  const gbSeconds =
    MEMORY_GB *
    (ON_AWS.ingest +
      ON_AWS.applyBatch / batch +
      ON_AWS.applyEach +
      ON_AWS.publishBatch / Math.min(changes, AWS.entriesPerPutEvents.value) +
      ON_AWS.publishEach);
  const each =
    PRICES.apiRequest +
    PRICES.lambdaRequest * (1 + 1 / batch + 1 / changes) +
    PRICES.lambdaGbSecond * gbSeconds +
    PRICES.sqsRequest * (1 + 2 / Math.min(batch, 10)) +
    PRICES.writeUnit * WRITES +
    PRICES.event +
    PRICES.archivedByte * ARCHIVED_BYTES +
    PRICES.logByte * LOG_BYTES;
  return FIXED + size * MONTH_S * each;
};
