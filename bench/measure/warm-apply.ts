import type { Contender } from '../contenders.ts';
import type { Stand } from '../stand.ts';
import { batches, bodies } from './events.ts';
import type { Measured } from './processes.ts';
import { median, ratios, type Spread, spreadOf } from './statistics.ts';
import { inTurn } from './turns.ts';
import { run, startWarm } from './warm-process.ts';

export interface WarmApply {
  readonly batch: number;
  /** Notifications per second in one process; the median of all rounds. */
  readonly perSecond: number;
  /** The throughput of `ours` divided by this contender's in the same round. */
  readonly oursBeside: Spread;
  readonly logBytes: number;
}

/** `times` multiplies the number of rounds. */
export interface ApplyStep {
  readonly batch: number;
  readonly notifications: number;
  readonly times: number;
}

// During another contender's turn, the engine closes idle connections (of at most fifty), and may still be busy with its work.
const warmUp = (batch: number): number => Math.min(50, 5 * batch);

/** Measures batches of each size, in rounds over the contenders. */
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
      for (const [contender, measured] of inTurn([...processes], round)) {
        await run(measured, batches(contender, bodies(warmUp(batch)), batch));
        const events = batches(contender, bodies(notifications), batch);
        const before = measured.logged();
        const { total } = await run(measured, events);
        perSecond.get(contender)?.push((notifications / total) * 1e6);
        logged.set(contender, (measured.logged() - before) / notifications);
      }
    }
    const ours = perSecond.get(contenders[0] as Contender) ?? [];
    for (const [contender, own] of perSecond) {
      const oursBeside = spreadOf(ratios(ours, own));
      results.get(contender)?.push({ batch, perSecond: median(own), oursBeside, logBytes: logged.get(contender) ?? Number.NaN });
    }
  }
  for (const { child } of processes.values()) child.kill();
  return results;
};
