import type { ChangeEvent } from '../core/event.ts';
import { Problem } from '../log.ts';
import { createSchedule, type Refused, type StreamRecord } from './schedule.ts';

/** The result for one record. A failed record is redelivered, together with all later records of its shard. */
export type Result =
  | { readonly record: StreamRecord; readonly kind: 'published' | 'nothing_to_publish' }
  | { readonly record: StreamRecord; readonly kind: 'set_aside' | 'failed'; readonly problem: string };

export interface Dependencies {
  /** Puts up to ten events on the bus. @returns per event the error, or `undefined` if accepted @throws if the call fails */
  put(events: readonly ChangeEvent[]): Promise<(string | undefined)[]>;
  /** Stores a record that can't be published, for a person to inspect. */
  setAside(record: StreamRecord, problem: string): Promise<void>;
  describe(error: unknown): string;
  pause(ms: number): Promise<void>;
  /** Epoch milliseconds. */
  now(): number;
}

/** Milliseconds. A stream keeps records for a day (AWS); records that still fail an hour before that are set aside. */
const SET_ASIDE_AFTER_MS = 23 * 3_600_000;

/**
 * Publishes the events of a batch of records, in the order of its schedule. A record whose item contradicts the rule of the table
 * is set aside. Returns one result per record, in no particular order.
 */
export const createPublish =
  ({ put, setAside, describe, pause, now }: Dependencies) =>
  async (records: readonly StreamRecord[], signal: AbortSignal): Promise<Result[]> => {
    const results: Result[] = [];

    const giveUp = async ({ record, problem }: Refused): Promise<void> => {
      try {
        await setAside(record, problem);
        results.push({ record, kind: 'set_aside', problem });
      } catch (error) {
        results.push({ record, kind: 'failed', problem: describe(error) });
      }
    };
    const fail = async (all: readonly Refused[]): Promise<void> => {
      for (const one of all) {
        if (now() - one.record.at > SET_ASIDE_AFTER_MS) await giveUp(one);
        else results.push({ ...one, kind: 'failed' });
      }
    };

    const schedule = createSchedule(records);
    for (;;) {
      const { events, withoutEvent, contradictions } = schedule.next();
      for (const record of withoutEvent) results.push({ record, kind: 'nothing_to_publish' });
      for (const one of contradictions) await giveUp(one);
      if (events.length === 0) return results;
      const refusals = await answers(put, events, signal).catch((error) => describe(error));
      if (typeof refusals === 'string') {
        // The whole call failed, so the others would fail too.
        await fail(schedule.left().map((record) => ({ record, problem: refusals })));
        return results;
      }
      const { published, refused, pauseMs } = schedule.answered(refusals);
      for (const record of published) results.push({ record, kind: 'published' });
      await fail(refused);
      if (pauseMs > 0) await pause(pauseMs);
    }
  };

const answers = async (
  put: Dependencies['put'],
  events: readonly ChangeEvent[],
  signal: AbortSignal,
): Promise<(string | undefined)[]> => {
  if (signal.aborted) throw new Problem('out of time');
  const refusals = await put(events);
  if (refusals.length !== events.length) throw new Problem('EventBridge did not return one result per event');
  return refusals;
};
