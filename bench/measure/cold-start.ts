import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Contender } from '../contenders.ts';
import type { Stand } from '../stand.ts';
import { aBatch, aBody, aDelivery } from './events.ts';
import { nextMessage, spawnMeasured } from './processes.ts';
import { median, ratios, type Spread, spreadOf } from './statistics.ts';
import { inTurn } from './turns.ts';

export interface ColdStart {
  /** Milliseconds from spawning a process to its first answer. */
  readonly ingestMs: Spread;
  readonly applyMs: Spread;
  /** The time of `ours` divided by this contender's in the same round; the median of all rounds. */
  readonly oursBesideIngest: number;
  readonly oursBesideApply: number;
  readonly peakBytes: number;
  readonly loadedBytes: number;
  readonly loadedFiles: number;
  readonly shippedBytes: number;
}

type Room = 'ingest' | 'apply';

/** Measures new processes, one per contender in each round. */
export const measureColdStart = async (
  contenders: readonly Contender[],
  stand: Stand,
  rounds: number,
): Promise<ReadonlyMap<Contender, ColdStart>> => {
  const times = new Map(contenders.map((one) => [one, { ingest: [] as number[], apply: [] as number[], peaks: [] as number[] }]));
  for (let round = -1; round < rounds; round += 1) {
    for (const room of ['ingest', 'apply'] as const) {
      for (const contender of inTurn(contenders, round + 1)) {
        const { ms, peakBytes } = await coldStart(contender, room, stand);
        if (round < 0) continue; // the first round warms the disk
        times.get(contender)?.[room].push(ms);
        if (room === 'ingest') times.get(contender)?.peaks.push(peakBytes);
      }
    }
  }
  const ours = times.get(contenders[0] as Contender);
  const results = new Map<Contender, ColdStart>();
  for (const contender of contenders) {
    const own = times.get(contender);
    if (!own || !ours) continue;
    const oursBeside = (room: Room) => median(ratios(ours[room], own[room]));
    const { bytes, files } = await loaded(contender, stand);
    results.set(contender, {
      ingestMs: spreadOf(own.ingest),
      applyMs: spreadOf(own.apply),
      oursBesideIngest: oursBeside('ingest'),
      oursBesideApply: oursBeside('apply'),
      peakBytes: median(own.peaks),
      loadedBytes: bytes,
      loadedFiles: files,
      shippedBytes: shipped(contender.ingest) + shipped(contender.apply),
    });
  }
  return results;
};

const eventFor = (contender: Contender, room: Room) => (room === 'ingest' ? aDelivery() : aBatch(contender, [aBody()]));

const coldStart = async (contender: Contender, room: Room, stand: Stand): Promise<{ ms: number; peakBytes: number }> => {
  const event = eventFor(contender, room);
  const started = process.hrtime.bigint();
  const { child } = spawnMeasured('cold', contender[room], contender, stand, event);
  const { result, peakBytes } = await nextMessage<{ result: Record<string, unknown>; peakBytes: number }>(child);
  const ms = Number(process.hrtime.bigint() - started) / 1e6;
  const right = room === 'ingest' ? result.statusCode === 202 : (result.batchItemFailures as unknown[]).length === 0;
  if (!right) throw new Error(`${contender.name} ${room}: ${JSON.stringify(result)}`);
  child.kill('SIGKILL');
  return { ms, peakBytes };
};

/** The bytes and files that both functions load until their first answers. */
const loaded = async (contender: Contender, stand: Stand): Promise<{ bytes: number; files: number }> => {
  const total = { bytes: 0, files: 0 };
  for (const room of ['ingest', 'apply'] as const) {
    const { bytes, files } = await loadedBy(contender[room], contender, stand, eventFor(contender, room));
    total.bytes += bytes;
    total.files += files;
  }
  return total;
};

/** The bytes and files that a handler loads until it has handled this event. */
export const loadedBy = async (file: string, contender: Pick<Contender, 'env'>, stand: Stand, event: unknown) => {
  const { child } = spawnMeasured('loaded', file, contender, stand, event);
  const { bytes, files } = await nextMessage<{ bytes: number; files: number }>(child);
  child.kill('SIGKILL');
  return { bytes, files };
};

/** The bytes of the folder with a bundle. */
export const shipped = (file: string): number =>
  readdirSync(dirname(file)).reduce((sum, name) => sum + statSync(join(dirname(file), name)).size, 0);
