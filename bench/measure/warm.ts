import type { Contender } from '../contenders.ts';
import type { Stand } from '../stand.ts';
import { aBatch, aDelivery, bodies, inBatches } from './events.ts';
import type { Measured } from './processes.ts';
import { median, quantile, type Spread, spreadOf } from './statistics.ts';
import { inTurn, run, startWarm } from './warm-process.ts';

/** Microseconds per delivery, over all turns. */
export interface WarmIngest {
  readonly cpuP50: number;
  readonly cpuP99: number;
  readonly wallP50: number;
  readonly wallP99: number;
  readonly peakBytes: number;
  readonly logBytes: number;
}

interface Turn {
  readonly cpu: readonly number[];
  readonly wall: readonly number[];
}

const deliveries = (count: number) => bodies(count).map((body) => aDelivery(body));

const TURN = 500;

/** Delivery after delivery in one process each, in turns, so that all meet the same machine. */
export const measureWarmIngest = async (
  contenders: readonly Contender[],
  stand: Stand,
  turns: number,
): Promise<ReadonlyMap<Contender, WarmIngest>> => {
  const runs = new Map<Contender, { measured: Measured; turns: Turn[]; peakBytes: number; before: number }>();
  for (const contender of contenders) {
    const measured = await startWarm(contender, 'ingest', stand);
    await run(measured, deliveries(TURN));
    runs.set(contender, { measured, turns: [], peakBytes: 0, before: measured.logged() });
  }
  for (let turn = 0; turn < turns; turn += 1) {
    for (const contender of inTurn(contenders, turn)) {
      const one = runs.get(contender);
      if (!one) continue;
      const { cpu = [], wall = [], peakBytes } = await run(one.measured, deliveries(TURN), true);
      one.turns.push({ cpu, wall });
      one.peakBytes = peakBytes;
    }
  }
  const results = new Map<Contender, WarmIngest>();
  for (const [contender, { measured, turns, peakBytes, before }] of runs) {
    const [cpu, wall] = [turns.flatMap((turn) => turn.cpu), turns.flatMap((turn) => turn.wall)];
    results.set(contender, {
      cpuP50: median(cpu),
      cpuP99: quantile(cpu, 0.99),
      wallP50: median(wall),
      wallP99: quantile(wall, 0.99),
      peakBytes,
      logBytes: (measured.logged() - before) / cpu.length,
    });
    measured.child.kill();
  }
  return results;
};

export interface WarmApply {
  readonly batch: number;
  /** Notifications per second in one process, the median of the rounds. */
  readonly perSecond: number;
  /** The throughput of ours divided by this one's in the same round. */
  readonly oursBeside: Spread;
  readonly logBytes: number;
}

/** `times`: how many times as many rounds as the effort has. */
export interface ApplyStep {
  readonly batch: number;
  readonly notifications: number;
  readonly times: number;
}

// While another contender has its turn, the engine closes connections (there are fifty at most), and is left with work by that other.
const warmUp = (batch: number): number => Math.min(50, 5 * batch);

/** The same notifications in batches of each size, in rounds over the contenders. */
export const measureWarmApply = async (
  contenders: readonly Contender[],
  stand: Stand,
  plan: readonly ApplyStep[],
  rounds: number,
): Promise<ReadonlyMap<Contender, readonly WarmApply[]>> => {
  const processes = new Map<Contender, Measured>();
  for (const contender of contenders) {
    processes.set(contender, await startWarm(contender, 'apply', stand));
  }
  const results = new Map<Contender, WarmApply[]>(contenders.map((one) => [one, []]));
  for (const { batch, notifications, times } of plan) {
    const perSecond = new Map<Contender, number[]>(contenders.map((one) => [one, []]));
    const logged = new Map<Contender, number>();
    for (let round = 0; round < rounds * times; round += 1) {
      for (const contender of inTurn(contenders, round)) {
        const measured = processes.get(contender) as Measured;
        const eventsOf = (count: number) => inBatches(bodies(count), batch).map((some) => aBatch(contender, some));
        await run(measured, eventsOf(warmUp(batch)));
        const events = eventsOf(notifications);
        const before = measured.logged();
        const { total } = await run(measured, events);
        perSecond.get(contender)?.push((notifications / total) * 1e6);
        logged.set(contender, (measured.logged() - before) / notifications);
      }
    }
    const ours = perSecond.get(contenders[0] as Contender) ?? [];
    for (const [contender, own] of perSecond) {
      const oursBeside = spreadOf(own.map((one, round) => (ours[round] as number) / one));
      results.get(contender)?.push({ batch, perSecond: median(own), oursBeside, logBytes: logged.get(contender) ?? Number.NaN });
    }
  }
  for (const { child } of processes.values()) child.kill();
  return results;
};

export interface Growth {
  readonly notifications: number;
  readonly users: 'uniform' | 'hot';
  /** Microseconds per notification. */
  readonly perNotification: number;
  readonly rss: number;
}

/** One process each, over more and more notifications in batches of a hundred. */
export const measureGrowth = async (contender: Contender, stand: Stand, sizes: readonly number[]): Promise<readonly Growth[]> => {
  const results: Growth[] = [];
  for (const notifications of sizes) {
    for (const users of ['uniform', 'hot'] as const) {
      const measured = await startWarm(contender, 'apply', stand);
      await run(
        measured,
        inBatches(bodies(1_000), 100).map((some) => aBatch(contender, some)),
      );
      let total = 0;
      let rss = 0;
      // In parts, for a message between processes of all of them would be what is measured.
      for (const part of inBatches(bodies(notifications, users), 5_000)) {
        const done = await run(
          measured,
          inBatches(part, 100).map((some) => aBatch(contender, some)),
        );
        total += done.total;
        rss = done.rss;
      }
      results.push({ notifications, users, perNotification: total / notifications, rss });
      measured.child.kill();
    }
  }
  return results;
};

export interface Calls {
  /** Calls to DynamoDB, and write units, per notification. Every item has less than a kilobyte: a unit per write. */
  readonly dynamodb: number;
  readonly writeUnits: number;
  readonly sqs: number;
}

const WRITES = /dynamodb (PutItem|UpdateItem|DeleteItem)$/;

/** What one notification costs in calls, counted at the endpoint: one delivery, and one batch of a hundred. */
export const countCalls = async (contender: Contender, stand: Stand, users: 'uniform' | 'hot'): Promise<Calls> => {
  const COUNT = 100;
  const calls = async (): Promise<Record<string, number>> =>
    (await fetch(`${stand.AWS_ENDPOINT_URL}/_local/calls`)).json() as Promise<Record<string, number>>;
  const some = bodies(COUNT, users);
  const ingest = await startWarm(contender, 'ingest', stand);
  const apply = await startWarm(contender, 'apply', stand);
  const before = await calls();
  await run(
    ingest,
    some.map((body) => aDelivery(body)),
  );
  await run(apply, [aBatch(contender, some)]);
  const after = await calls();
  for (const { child } of [ingest, apply]) child.kill();
  const added = (which: RegExp) =>
    Object.entries(after)
      .filter(([name]) => name.startsWith('bench ') && which.test(name))
      .reduce((sum, [name, count]) => sum + count - (before[name] ?? 0), 0) / COUNT;
  return { dynamodb: added(/dynamodb/), writeUnits: added(WRITES), sqs: added(/sqs/) };
};
