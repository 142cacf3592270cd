import { type Change, type ChangeEvent, eventOf } from '../core/event.ts';
import { identityOf } from '../core/state.ts';
import { Problem } from '../log.ts';

/** A record of the table's stream. `at` is when the table was written, in epoch milliseconds. */
export interface StreamRecord extends Change {
  readonly sequenceNumber: string;
  readonly at: number;
}

/** The result for one record. A failed record is redelivered, together with all later records of its shard. */
export type Result =
  | { readonly record: StreamRecord; readonly kind: 'published' | 'nothing to publish' }
  | { readonly record: StreamRecord; readonly kind: 'set aside' | 'failed'; readonly problem: string };

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

/** AWS: PutEvents takes up to ten entries. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const EVENTS_PER_CALL = 10;

/**
 * How often a rejected entry is retried within the invocation. If it were reported as failed instead, Lambda would redeliver all
 * later records too, and those would be published twice.
 */
const RETRIES = 3;
const FIRST_PAUSE_MS = 50;

/** Milliseconds. A stream keeps records for a day (AWS); records that still fail an hour before that are set aside. */
const SET_ASIDE_AFTER_MS = 23 * 3_600_000;

/**
 * Publishes the events of a batch of records. The events of one item are published in order, each after the previous one was
 * accepted; a failure holds up only its own item in the batch. A record whose item contradicts the rule of the table is set aside.
 * Returns one result per record, in no particular order.
 */
export const createPublish =
  ({ put, setAside, describe, pause, now }: Dependencies) =>
  async (records: readonly StreamRecord[], signal: AbortSignal): Promise<Result[]> => {
    const results: Result[] = [];

    const giveUp = async (record: StreamRecord, problem: string): Promise<Result> => {
      try {
        await setAside(record, problem);
        return { record, kind: 'set aside', problem };
      } catch (error) {
        return { record, kind: 'failed', problem: describe(error) };
      }
    };
    const fail = async (item: readonly StreamRecord[], problem: string): Promise<void> => {
      for (const record of item) {
        const isOld = now() - record.at > SET_ASIDE_AFTER_MS;
        results.push(isOld ? await giveUp(record, problem) : { record, kind: 'failed', problem });
      }
    };

    /** Removes leading records that have no event. @returns the event of the first remaining record */
    const next = async (item: StreamRecord[]): Promise<ChangeEvent | undefined> => {
      for (;;) {
        const [record] = item;
        if (!record) return undefined;
        const event = eventOf(record);
        if (event && 'source' in event) return event;
        item.shift();
        results.push(event ? await giveUp(record, event.contradiction) : { record, kind: 'nothing to publish' });
      }
    };

    const refusedTimes = new Map<StreamRecord[], number>();
    let waiting = [...Map.groupBy(records, identityOf).values()];
    for (;;) {
      const heads: { readonly item: StreamRecord[]; readonly event: ChangeEvent }[] = [];
      const others: StreamRecord[][] = [];
      for (const item of waiting) {
        const event = heads.length < EVENTS_PER_CALL ? await next(item) : undefined;
        if (event) heads.push({ item, event });
        else if (item.length > 0) others.push(item);
      }
      if (heads.length === 0) return results;
      const refusals = await answers(
        put,
        heads.map(({ event }) => event),
        signal,
      ).catch((error) => describe(error));
      if (typeof refusals === 'string') {
        // The whole call failed, so the remaining items would fail too.
        for (const { item } of heads) await fail(item, refusals);
        for (const item of others) await fail(item, refusals);
        return results;
      }
      for (const [index, { item }] of heads.entries()) {
        const refusal = refusals[index];
        const times = refusal === undefined ? 0 : (refusedTimes.get(item) ?? 0) + 1;
        refusedTimes.set(item, times);
        if (refusal === undefined) results.push({ record: item.shift() as StreamRecord, kind: 'published' });
        else if (times > RETRIES) await fail(item.splice(0), refusal);
      }
      waiting = [...others, ...heads.map(({ item }) => item).filter((item) => item.length > 0)];
      const refusedMost = Math.max(0, ...waiting.map((item) => refusedTimes.get(item) ?? 0));
      if (refusedMost > 0) await pause(FIRST_PAUSE_MS * 2 ** (refusedMost - 1));
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
