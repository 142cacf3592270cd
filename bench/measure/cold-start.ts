import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Implementation } from '../implementations.ts';
import type { Stand } from '../stand.ts';
import { aBatch, aBody, aDelivery } from './events.ts';
import { nextMessage, spawnMeasured } from './processes.ts';
import { median, ratios, type Spread, spreadOf } from './statistics.ts';
import { inTurn } from './turns.ts';

export interface ColdStart {
  /** Milliseconds from spawning a process to its first answer. */
  readonly ingestMs: Spread;
  readonly applyMs: Spread;
  /** The time of `ours` divided by this implementation's in the same round; the median of all rounds. */
  readonly oursBesideIngest: number;
  readonly oursBesideApply: number;
  readonly peakBytes: number;
  readonly loadedBytes: number;
  readonly loadedFiles: number;
  readonly shippedBytes: number;
}

type FunctionName = 'ingest' | 'apply';

/** Measures new processes, one per implementation in each round. */
export const measureColdStart = async (
  implementations: readonly Implementation[],
  stand: Stand,
  rounds: number,
): Promise<ReadonlyMap<Implementation, ColdStart>> => {
  const times = new Map(
    implementations.map((one) => [one, { ingest: [] as number[], apply: [] as number[], peaks: [] as number[] }]),
  );
  for (let round = -1; round < rounds; round += 1) {
    for (const name of ['ingest', 'apply'] as const) {
      for (const implementation of inTurn(implementations, round + 1)) {
        const { ms, peakBytes } = await coldStart(implementation, name, stand);
        if (round < 0) continue; // the first round warms the disk
        times.get(implementation)?.[name].push(ms);
        if (name === 'ingest') times.get(implementation)?.peaks.push(peakBytes);
      }
    }
  }
  const ours = times.get(implementations[0] as Implementation);
  const results = new Map<Implementation, ColdStart>();
  for (const implementation of implementations) {
    const own = times.get(implementation);
    if (!own || !ours) continue;
    const oursBeside = (name: FunctionName) => median(ratios(ours[name], own[name]));
    const { bytes, files } = await loaded(implementation, stand);
    results.set(implementation, {
      ingestMs: spreadOf(own.ingest),
      applyMs: spreadOf(own.apply),
      oursBesideIngest: oursBeside('ingest'),
      oursBesideApply: oursBeside('apply'),
      peakBytes: median(own.peaks),
      loadedBytes: bytes,
      loadedFiles: files,
      shippedBytes: shipped(implementation.ingest) + shipped(implementation.apply),
    });
  }
  return results;
};

const eventFor = (implementation: Implementation, name: FunctionName) =>
  name === 'ingest' ? aDelivery() : aBatch(implementation, [aBody()]);

const coldStart = async (
  implementation: Implementation,
  name: FunctionName,
  stand: Stand,
): Promise<{ ms: number; peakBytes: number }> => {
  const event = eventFor(implementation, name);
  const started = process.hrtime.bigint();
  const { child } = spawnMeasured('cold', implementation[name], implementation, stand, event);
  const { result, peakBytes } = await nextMessage<{ result: Record<string, unknown>; peakBytes: number }>(child);
  const ms = Number(process.hrtime.bigint() - started) / 1e6;
  const right = name === 'ingest' ? result.statusCode === 202 : (result.batchItemFailures as unknown[]).length === 0;
  if (!right) throw new Error(`${implementation.name} ${name}: ${JSON.stringify(result)}`);
  child.kill('SIGKILL');
  return { ms, peakBytes };
};

/** The bytes and files that both functions load until their first answers. */
const loaded = async (implementation: Implementation, stand: Stand): Promise<{ bytes: number; files: number }> => {
  const total = { bytes: 0, files: 0 };
  for (const name of ['ingest', 'apply'] as const) {
    const { bytes, files } = await loadedBy(implementation[name], implementation, stand, eventFor(implementation, name));
    total.bytes += bytes;
    total.files += files;
  }
  return total;
};

/** The bytes and files that a handler loads until it has handled this event. */
export const loadedBy = async (file: string, implementation: Pick<Implementation, 'env'>, stand: Stand, event: unknown) => {
  const { child } = spawnMeasured('loaded', file, implementation, stand, event);
  const { bytes, files } = await nextMessage<{ bytes: number; files: number }>(child);
  child.kill('SIGKILL');
  return { bytes, files };
};

/** The bytes of the folder with a bundle. */
export const shipped = (file: string): number =>
  readdirSync(dirname(file)).reduce((sum, name) => sum + statSync(join(dirname(file), name)).size, 0);
