import type { Implementation } from '../implementations.ts';
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
  /** The throughput of `ours` divided by this implementation's in the same round. */
  readonly oursBeside: Spread;
  readonly logBytes: number;
}

/** `times` multiplies the number of rounds. */
export interface ApplyStep {
  readonly batch: number;
  readonly notifications: number;
  readonly times: number;
}

// During another implementation's turn, the engine closes idle connections (of at most fifty), and may still be busy with its work.
const warmUp = (batch: number): number => Math.min(50, 5 * batch);

// Depending on what V8 optimizes when, processes of one implementation differ by up to a tenth for as long as they run.
const PROCESSES = 4;
const UNTIL_OPTIMIZED = 500;

/** Measures batches of each size, in rounds over the implementations, each in several processes in sequence. */
export const measureWarmApply = async (
  implementations: readonly Implementation[],
  stand: Stand,
  plan: readonly ApplyStep[],
  rounds: number,
): Promise<ReadonlyMap<Implementation, readonly WarmApply[]>> => {
  const results = new Map<Implementation, WarmApply[]>(implementations.map((one) => [one, []]));
  for (const { batch, notifications, times } of plan) {
    const perSecond = new Map<Implementation, number[]>(implementations.map((one) => [one, []]));
    const logged = new Map<Implementation, number>();
    let processes = new Map<Implementation, Measured>();
    for (let round = 0; round < rounds * times; round += 1) {
      if (round % Math.ceil((rounds * times) / PROCESSES) === 0)
        processes = await renewed(processes, implementations, stand, batch);
      for (const [implementation, measured] of inTurn([...processes], round)) {
        await run(measured, batches(implementation, bodies(warmUp(batch)), batch));
        const events = batches(implementation, bodies(notifications), batch);
        const before = measured.logged();
        const { total } = await run(measured, events);
        perSecond.get(implementation)?.push((notifications / total) * 1e6);
        logged.set(implementation, (measured.logged() - before) / notifications);
      }
    }
    const ours = perSecond.get(implementations[0] as Implementation) ?? [];
    for (const [implementation, own] of perSecond) {
      const oursBeside = spreadOf(ratios(ours, own));
      results
        .get(implementation)
        ?.push({ batch, perSecond: median(own), oursBeside, logBytes: logged.get(implementation) ?? Number.NaN });
    }
    end(processes);
  }
  return results;
};

type Processes = ReadonlyMap<Implementation, Measured>;

const end = (processes: Processes): void => {
  for (const { child } of processes.values()) child.kill();
};

const renewed = async (before: Processes, implementations: readonly Implementation[], stand: Stand, batch: number) => {
  end(before);
  const processes = new Map<Implementation, Measured>();
  for (const implementation of implementations) {
    const measured = await startWarm(implementation, 'apply', stand);
    await run(measured, batches(implementation, bodies(UNTIL_OPTIMIZED), batch));
    processes.set(implementation, measured);
  }
  return processes;
};
