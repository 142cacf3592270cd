import { humanPartition, userPartition } from '../../functions/core/facets.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { stateOfRecord } from '../../functions/core/record.ts';
import { identityOf, itemAfter, type Outcome, predictOutcome, type StoredItem } from '../../functions/core/state.ts';
import { maskAttribute } from '../../functions/words/personal.ts';
import { visible } from '../../functions/words/visible.ts';
import { borderless } from '../borderless.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { printJson } from '../print-json.ts';
import type { Target } from '../target.ts';
import { recordsUnder } from './records.ts';

export interface HistoryOptions {
  readonly human: string | undefined;
  readonly level: string | undefined;
  /** Shows what is personal. */
  readonly reveal: boolean;
  readonly json: boolean;
}

/** A delivery, and what it did. Times are RFC 3339. */
interface Line {
  readonly received_at: string;
  readonly recorded_at: string;
  readonly item: string;
  readonly type: string;
  readonly said: string;
  readonly as_of: string | null;
  readonly outcome: Outcome | 'unknown';
  /** Why it is stale: what the item said. */
  readonly because: string | null;
  readonly source: string;
  readonly id: string;
}

/** Shows what was received about a user, a human, or both. @returns the exit status: 1 if nothing was */
export const showHistory = async (target: Target, userId: string | undefined, options: HistoryOptions): Promise<number> => {
  const { human, level, reveal, json } = options;
  if (userId === undefined && human === undefined) throw new CannotRunError('Specify a user_id, --human, or both.');
  const partitions = [
    ...(userId === undefined ? [] : [userPartition(userId)]),
    ...(human === undefined ? [] : [humanPartition(human)]),
  ];
  const records = (await Promise.all(partitions.map((pk) => recordsUnder(target, pk)))).flat();
  const lines = timelineOf(records, reveal).filter(({ item }) => level === undefined || item === `LEVEL#${level}`);
  if (json) for (const line of lines) printJson(line);
  else if (lines.length === 0) console.log('Nothing was received about them, as far as the history goes back.');
  else console.log(render(lines));
  return lines.length > 0 ? EXIT.done : EXIT.problem;
};

/** What each record did is the rule of the table, in the order in which they were recorded. */
const timelineOf = (records: readonly StoredItem[], reveal: boolean): Line[] => {
  const items = new Map<string, StoredItem>();
  const byRecording = records.toSorted(
    (a, b) => Number(a.recorded_at) - Number(b.recorded_at) || Number(a.received_at) - Number(b.received_at),
  );
  return byRecording
    .map((record) => {
      const state = stateOfRecord(record);
      const before = state && items.get(identityOf(state));
      const outcome = state && predictOutcome(state, before);
      if (state && !state.asksNothing) items.set(identityOf(state), itemAfter(state, before));
      return lineOf(record, typeof outcome === 'string' ? outcome : 'unknown', before, reveal);
    })
    .sort((a, b) => (a.received_at < b.received_at ? -1 : a.received_at > b.received_at ? 1 : 0));
};

const lineOf = (record: StoredItem, outcome: Line['outcome'], before: StoredItem | undefined, reveal: boolean): Line => {
  const shown = (name: string): string[] => {
    const value = record[name];
    if (typeof value !== 'string') return [];
    return [reveal ? value : maskAttribute(name, value)];
  };
  const { as_of, received_at, recorded_at, item, type, source, id } = record;
  return {
    received_at: timeOf(received_at) ?? '',
    recorded_at: timeOf(recorded_at) ?? '',
    item: String(item),
    type: String(type),
    said: ['level', 'status', 'email', 'credential_id', 'note'].flatMap(shown).join(' '),
    // An approval by Kraken has no time.
    as_of: as_of === 0 ? null : timeOf(as_of),
    outcome,
    because:
      outcome === 'stale' || outcome === 'contested'
        ? `it was ${before?.status ?? 'newer'} as of ${timeOf(before?.as_of)}`
        : null,
    source: String(source),
    id: String(id),
  };
};

const timeOf = (epochMs: StoredItem[string] | undefined): string | null =>
  typeof epochMs === 'number' && Math.abs(epochMs) <= 8.64e15 ? formatInstant(epochMs) : null;

const WORDS: Readonly<Record<Line['outcome'], string>> = {
  applied: 'applied',
  duplicate: 'repeated',
  stale: 'stale',
  contested: 'contested',
  unchanged: 'asks for no change',
  unknown: 'not understood by this release',
};

const render = (lines: readonly Line[]): string => {
  const table = borderless(['RECEIVED', 'SAID', 'AS OF', 'WHAT IT DID', 'SOURCE']);
  for (const { received_at, said, as_of, outcome, because, source } of lines) {
    table.push([received_at, visible(said), as_of ?? '–', [WORDS[outcome], because].filter(Boolean).join(': '), source]);
  }
  return table.toString();
};
