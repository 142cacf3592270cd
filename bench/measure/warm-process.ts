import type { Contender } from '../contenders.ts';
import type { Stand } from '../stand.ts';
import { type Measured, nextMessage, spawnMeasured } from './processes.ts';

/** What a warm process did with the events it was given. Times are in microseconds, one of each kind per event if they were to be kept. */
export interface Done {
  readonly cpu?: number[];
  readonly wall?: number[];
  readonly total: number;
  /** Bytes. */
  readonly rss: number;
  readonly peakBytes: number;
}

/** A process that has loaded one handler and waits for events. */
export const startWarm = async (contender: Contender, room: 'ingest' | 'apply', stand: Stand): Promise<Measured> => {
  const measured = spawnMeasured('warm', contender[room], contender, stand);
  await nextMessage(measured.child);
  return measured;
};

/** Hands it one event after the other. @throws Error if one was not answered as it should be, for the process ends then */
export const run = async ({ child }: Measured, events: readonly unknown[], keep = false): Promise<Done> => {
  child.send({ events, keep });
  return nextMessage<Done>(child);
};
