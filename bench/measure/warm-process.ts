import type { Implementation } from '../implementations.ts';
import type { Stand } from '../stand.ts';
import { type Measured, nextMessage, spawnMeasured } from './processes.ts';

/** The measurements of a warm process. Times are in microseconds; `cpu` and `wall` have one per event, and only if requested. */
export interface Done {
  readonly cpu?: number[];
  readonly wall?: number[];
  readonly total: number;
  /** In bytes. */
  readonly rss: number;
  readonly peakBytes: number;
}

/** Starts a process that has loaded a handler and waits for events. */
export const startWarm = async (implementation: Implementation, name: 'ingest' | 'apply', stand: Stand): Promise<Measured> => {
  const measured = spawnMeasured('warm', implementation[name], implementation, stand);
  await nextMessage(measured.child);
  return measured;
};

/** Runs events one at a time. @throws Error if one fails, which ends the process */
export const run = async ({ child }: Measured, events: readonly unknown[], keep = false): Promise<Done> => {
  child.send({ events, keep });
  return nextMessage<Done>(child);
};
