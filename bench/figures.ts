import { costPerMillion, eventsPerMillion, FULL_BATCH, PRICES, tracesPerMillion } from './cost.ts';
import type { Results } from './measure/all.ts';
import { ENGINES, type Name } from './names.ts';

/** A measured figure of `ours` with its limit. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly limit: number;
  readonly atMost: boolean;
}

export const isMet = ({ value, limit, atMost }: Figure): boolean => (atMost ? value <= limit : value >= limit);

/** Dollars per million notifications of one implementation, in batches of this size. */
export const costOf = ({ ingest, apply, calls }: Results, name: Name, size: number): Readonly<Record<string, number>> => {
  const batched = apply.dynalite[name].find(({ batch }) => batch === size);
  if (!batched) throw new Error(`batches of ${size} were not measured`);
  const counted = {
    ingestCpuMs: ingest[name].cpuP50 / 1_000,
    applyMs: 1_000 / batched.perSecond,
    sqsCalls: calls[name].uniform.sqs,
    writeUnits: calls[name].uniform.writeUnits,
    logBytes: ingest[name].logBytes + batched.logBytes,
  };
  return costPerMillion(counted, size);
};

/** Dollars per million changes for their events, in batches of ten. */
export const costOfEvents = ({ publish: { ours } }: Results): number =>
  eventsPerMillion(ours.perChangeMs, ours.logBytes, FULL_BATCH);

/** The limits that this project promises, with the figures of one run. */
export const figuresOf = (results: Results): Figure[] => {
  const { cold, ingest, apply, calls, growth, inLocalStack, startUp, publish } = results;
  const atMost = (what: string, value: number, limit: number, unit = '×'): Figure => ({ what, value, unit, limit, atMost: true });
  const atLeast = (what: string, value: number, limit: number, unit = '×'): Figure => ({
    what,
    value,
    unit,
    limit,
    atMost: false,
  });
  const throughput = (beside: Name) =>
    Math.min(...ENGINES.flatMap((engine) => apply[engine][beside].map(({ oursBeside }) => oursBeside.median)));
  const single = apply.dynalite.ours.find(({ batch }) => batch === 1)?.logBytes ?? Number.NaN;
  const per = (count: number | undefined, users: 'uniform' | 'hot') =>
    growth.find((one) => one.notifications === count && one.users === users)?.perNotification ?? Number.NaN;
  const [least, most] = [growth[0]?.notifications, growth.at(-1)?.notifications];
  const together = (name: Name, batch: number) => costOf(results, name, batch).together ?? Number.NaN;
  // A write of each notification is its record in the history, which recommended does not keep. Its time in apply is not taken away.
  const RECORD = 1;
  const withoutHistory = (batch: number) => together('ours', batch) - RECORD * PRICES.writeUnit * 1e6;
  return [
    atMost('cold start to the first 202, relative to floor', cold.floor.oursBesideIngest, 1.05),
    atMost('cold start to the first 202, relative to recommended', cold.recommended.oursBesideIngest, 0.55),
    atMost('cold start to the first applied batch, relative to floor', cold.floor.oursBesideApply, 1.05),
    atMost('cold start to the first applied batch, relative to recommended', cold.recommended.oursBesideApply, 0.55),
    atMost('cold start to the first published event, relative to floor', publish.coldBesideFloor, 1.05),
    atMost('bytes loaded, relative to recommended', cold.ours.loadedBytes / cold.recommended.loadedBytes, 0.25),
    atMost('peak memory of a cold start, relative to recommended', cold.ours.peakBytes / cold.recommended.peakBytes, 0.8),
    atMost('CPU per warm delivery in addition to floor, median', ingest.ours.cpuP50 - ingest.floor.cpuP50, 100, 'µs'),
    atMost('CPU per warm delivery in addition to floor, 99th percentile', ingest.ours.cpuP99 - ingest.floor.cpuP99, 100, 'µs'),
    atMost('DynamoDB calls per notification, besides its record', calls.ours.uniform.dynamodb - RECORD, 1, ''),
    atMost('write units per notification, besides its record', calls.ours.uniform.writeUnits - RECORD, 1, ''),
    atMost(
      'DynamoDB calls per notification, besides its record, half of the batch for one user',
      calls.ours.hot.dynamodb - RECORD,
      0.99,
      '',
    ),
    atLeast('throughput of apply relative to floor, worst batch size and engine', throughput('floor'), 0.95),
    atLeast('throughput of apply relative to recommended, worst batch size and engine', throughput('recommended'), 2),
    atMost('log bytes per accepted notification in a batch of one', ingest.ours.logBytes + single, 250, 'bytes'),
    atMost('receipt to table in the local stack, median', inLocalStack.atOnce.p50, 50, 'ms'),
    atMost('receipt to table in the local stack, 99th percentile', inLocalStack.atOnce.p99, 250, 'ms'),
    atMost('`npm start` without changes, relative to a synthesis', startUp.startAgain / startUp.synthesis, 0.4),
    atMost('`npm start` with a synthesis, relative to a synthesis', startUp.startAnew / startUp.synthesis, 1.2),
    atMost('`status` without its calls, relative to `node -e 0`', startUp.status / startUp.node, 3),
    atMost('cost per million in batches of ten, without history and traces', withoutHistory(FULL_BATCH), 2.6, '$'),
    atMost(
      'cost per million in batches of ten with traces, without history, at 100 notifications per second',
      withoutHistory(FULL_BATCH) + tracesPerMillion(100, FULL_BATCH),
      2.6,
      '$',
    ),
    atMost(
      'cost per million in batches of ten with events, without history and traces',
      withoutHistory(FULL_BATCH) + costOfEvents(results),
      3.7,
      '$',
    ),
    atMost(
      'cost without history relative to recommended, in batches of ten',
      withoutHistory(FULL_BATCH) / together('recommended', FULL_BATCH),
      0.65,
    ),
    atMost('cost without history relative to recommended, one by one', withoutHistory(1) / together('recommended', 1), 0.65),
    atMost(`time per notification at ${most}, relative to ${least}`, per(most, 'uniform') / per(least, 'uniform'), 1.2),
    atMost(
      `time per notification at ${most}, half for one user, relative to one user each`,
      per(most, 'hot') / per(most, 'uniform'),
      1,
    ),
  ];
};
