import type { Implementation } from '../implementations.ts';
import type { Stand } from '../stand.ts';
import { aDelivery, bodies } from './events.ts';
import { median, quantile } from './statistics.ts';
import { inTurn } from './turns.ts';
import { run, startWarm } from './warm-process.ts';

/** Times are in microseconds per delivery, over all turns. */
export interface WarmIngest {
  readonly cpuP50: number;
  readonly cpuP99: number;
  readonly wallP50: number;
  readonly wallP99: number;
  readonly peakBytes: number;
  readonly logBytes: number;
}

const deliveries = (count: number) => bodies(count).map((body) => aDelivery(body));

const TURN = 500;

/** Measures one process per implementation, in turns, so that load on the machine affects all alike. */
export const measureWarmIngest = async (
  implementations: readonly Implementation[],
  stand: Stand,
  turns: number,
): Promise<ReadonlyMap<Implementation, WarmIngest>> => {
  const runs = [];
  for (const implementation of implementations) {
    const measured = await startWarm(implementation, 'ingest', stand);
    await run(measured, deliveries(TURN));
    runs.push({ implementation, measured, cpu: [] as number[], wall: [] as number[], peakBytes: 0, before: measured.logged() });
  }
  for (let turn = 0; turn < turns; turn += 1) {
    for (const one of inTurn(runs, turn)) {
      const { cpu = [], wall = [], peakBytes } = await run(one.measured, deliveries(TURN), true);
      one.cpu.push(...cpu);
      one.wall.push(...wall);
      one.peakBytes = peakBytes;
    }
  }
  const results = new Map<Implementation, WarmIngest>();
  for (const { implementation, measured, cpu, wall, peakBytes, before } of runs) {
    results.set(implementation, {
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
