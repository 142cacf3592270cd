import { costPerMillion, eventsPerMillion, FULL_BATCH, tracesPerMillion } from './cost.ts';
import type { Results } from './measure/all.ts';
import { ENGINES, type Name } from './names.ts';

/** One figure that ours is held to. */
export interface Claim {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly limit: number;
  readonly atMost: boolean;
}

export const isMet = ({ value, limit, atMost }: Claim): boolean => (atMost ? value <= limit : value >= limit);

/** Dollars per million notifications of one contender, in batches of this size, from what was counted. */
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

/** What a team is promised, as ratios and counts of one run. */
export const judge = (results: Results): Claim[] => {
  const { cold, ingest, apply, calls, growth, inLocalStack, inHand, publish } = results;
  const atMost = (what: string, value: number, limit: number, unit = '×'): Claim => ({ what, value, unit, limit, atMost: true });
  const atLeast = (what: string, value: number, limit: number, unit = '×'): Claim => ({
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
  return [
    atMost('cold start to the first 202, beside the floor', cold.floor.oursBesideIngest, 1.05),
    atMost('cold start to the first 202, beside the recommended way', cold.recommended.oursBesideIngest, 0.55),
    atMost('cold start to the first batch applied, beside the floor', cold.floor.oursBesideApply, 1.05),
    atMost('cold start to the first batch applied, beside the recommended way', cold.recommended.oursBesideApply, 0.55),
    atMost('cold start to the first event published, beside the floor', publish.coldBesideFloor, 1.05),
    atMost('bytes loaded, beside the recommended way', cold.ours.loadedBytes / cold.recommended.loadedBytes, 0.25),
    atMost('peak memory of a cold start, beside the recommended way', cold.ours.peakBytes / cold.recommended.peakBytes, 0.8),
    atMost('CPU per warm delivery over the floor, median', ingest.ours.cpuP50 - ingest.floor.cpuP50, 100, 'µs'),
    atMost('CPU per warm delivery over the floor, 99th percentile', ingest.ours.cpuP99 - ingest.floor.cpuP99, 100, 'µs'),
    atMost('DynamoDB calls per notification', calls.ours.uniform.dynamodb, 1, ''),
    atMost('write units per notification', calls.ours.uniform.writeUnits, 1, ''),
    atMost('DynamoDB calls per notification, half of a batch about one user', calls.ours.hot.dynamodb, 0.99, ''),
    atLeast('throughput of apply beside the floor, the worst batch size and engine', throughput('floor'), 0.95),
    atLeast('throughput of apply beside the recommended way, the worst', throughput('recommended'), 2),
    atMost('log bytes per accepted notification that comes alone', ingest.ours.logBytes + single, 250, 'bytes'),
    atMost('receipt to table in the local stack, median', inLocalStack.atOnce.p50, 50, 'ms'),
    atMost('receipt to table in the local stack, 99th percentile', inLocalStack.atOnce.p99, 250, 'ms'),
    atMost('`npm start` where nothing has changed, beside a synthesis', inHand.startAgain / inHand.synthesis, 0.4),
    atMost('`npm start` otherwise, beside a synthesis', inHand.startAnew / inHand.synthesis, 1.2),
    atMost('`status` besides its calls, beside `node -e 0`', inHand.status / inHand.node, 3),
    atMost('cost per million in batches of ten, without traces', together('ours', FULL_BATCH), 2.6, '$'),
    atMost(
      'cost per million in batches of ten with traces, at 100 notifications a second',
      together('ours', FULL_BATCH) + tracesPerMillion(100, FULL_BATCH),
      2.6,
      '$',
    ),
    atMost(
      'cost per million in batches of ten with events, without traces',
      together('ours', FULL_BATCH) + costOfEvents(results),
      3.7,
      '$',
    ),
    atMost(
      'cost beside the recommended way, in batches of ten',
      together('ours', FULL_BATCH) / together('recommended', FULL_BATCH),
      0.65,
    ),
    atMost('cost beside the recommended way, one by one', together('ours', 1) / together('recommended', 1), 0.65),
    atMost(`time per notification at ${most} beside ${least}`, per(most, 'uniform') / per(least, 'uniform'), 1.2),
    atMost(`time per notification, half of ${most} about one user, beside uniform`, per(most, 'hot') / per(most, 'uniform'), 1),
  ];
};
