import { type Change, type ChangeEvent, ENTRY_BYTES_AT_MOST, entryBytes, eventOf } from '../core/event.ts';
import { identityOf } from '../core/state.ts';

/** A record of the table's stream. `at` is when the table was written, in epoch milliseconds. */
export interface StreamRecord extends Change {
  readonly sequenceNumber: string;
  readonly at: number;
}

/** A record that can't be published, and why. */
export interface Refused {
  readonly record: StreamRecord;
  readonly problem: string;
}

/** What to put on the bus next, and the records before it that need no call. */
export interface Next {
  /** At most ten, each of another item, and not larger than a call can be; empty if nothing is left. */
  readonly events: readonly ChangeEvent[];
  readonly withoutEvent: readonly StreamRecord[];
  /** Their items contradict the rule of the table. */
  readonly contradictions: readonly Refused[];
}

/** What the bus's answers to `events` mean. */
export interface Answered {
  readonly published: readonly StreamRecord[];
  /** All records of the items that were refused too often. */
  readonly refused: readonly Refused[];
  /** How long to wait before the next events, in milliseconds. */
  readonly pauseMs: number;
}

/** AWS: PutEvents takes up to ten entries. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const EVENTS_PER_CALL = 10;

/**
 * How often a rejected entry is retried within the invocation. If it were reported as failed instead, Lambda would redeliver all
 * later records too, and those would be published twice.
 */
const RETRIES = 3;
const FIRST_PAUSE_MS = 50;

/**
 * The order in which a batch of records is published: the events of one item one after the other, each after the previous one was
 * accepted. A refusal holds up only its own item.
 */
export const createSchedule = (records: readonly StreamRecord[]) => {
  const refusedTimes = new Map<StreamRecord[], number>();
  let waiting = [...Map.groupBy(records, identityOf).values()];
  /** The items whose first records are next. */
  let heads: StreamRecord[][] = [];

  const next = (): Next => {
    const events: ChangeEvent[] = [];
    const withoutEvent: StreamRecord[] = [];
    const contradictions: Refused[] = [];
    heads = [];
    let bytes = 0;
    for (const item of waiting) {
      while (item.length > 0 && heads.length < EVENTS_PER_CALL) {
        const [record] = item as [StreamRecord];
        const event = eventOf(record);
        if (event && 'source' in event) {
          bytes += entryBytes(event);
          if (bytes > ENTRY_BYTES_AT_MOST) return { events, withoutEvent, contradictions };
          heads.push(item);
          events.push(event);
          break;
        }
        item.shift();
        if (event) contradictions.push({ record, problem: event.contradiction });
        else withoutEvent.push(record);
      }
    }
    return { events, withoutEvent, contradictions };
  };

  /** @param refusals per event the error, or `undefined` if it was accepted */
  const answered = (refusals: readonly (string | undefined)[]): Answered => {
    const published: StreamRecord[] = [];
    const refused: Refused[] = [];
    for (const [index, item] of heads.entries()) {
      const problem = refusals[index];
      const times = problem === undefined ? 0 : (refusedTimes.get(item) ?? 0) + 1;
      refusedTimes.set(item, times);
      if (problem === undefined) published.push(item.shift() as StreamRecord);
      else if (times > RETRIES) refused.push(...item.splice(0).map((record) => ({ record, problem })));
    }
    // The items that were not tried come first.
    const tried = new Set(heads);
    waiting = [...waiting.filter((item) => !tried.has(item)), ...heads].filter((item) => item.length > 0);
    const refusedMost = Math.max(0, ...waiting.map((item) => refusedTimes.get(item) ?? 0));
    return { published, refused, pauseMs: refusedMost > 0 ? FIRST_PAUSE_MS * 2 ** (refusedMost - 1) : 0 };
  };

  return {
    next,
    answered,
    /** All records that are left. */
    left: (): readonly StreamRecord[] => waiting.flat(),
  };
};
