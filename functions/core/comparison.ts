import { STATUS_RANK, STATUSES, type Status } from './facets.ts';
import { KRAKEN } from './kraken.ts';

/** What Fractal lists of a user and a level: `status` is one of `STATUSES`, `pending`, `expired`, or a word that is not documented. */
export interface Listed {
  readonly user_id: string;
  readonly level: string;
  readonly status: string;
}

/** The state of a level in the table. `as_of` is epoch milliseconds. */
export interface Known {
  readonly user_id: string;
  readonly level: string;
  readonly status: Status;
  readonly as_of: number;
  readonly status_rank: number;
}

/** A result of Kraken in the table, and whether it is contested. */
export interface KnownResult extends Known {
  readonly contested: boolean;
}

/**
 * `contested`: here, results of Kraken contradict each other, and Kraken's answer settles it. `unsettled`: Fractal lists it as pending,
 * as expired, or with an unknown word. `contradicting`: Fractal lists it more than once, with different statuses. `erased`: the person
 * was erased here. `joined`: Fractal lists a joined level that says nothing about its parts. `unknown`: neither Kraken nor the table
 * knows the user.
 */
export const DIFFERENCES = [
  'missing',
  'different',
  'contested',
  'only_here',
  'erased',
  'unsettled',
  'contradicting',
  'joined',
  'unknown',
] as const;

export type Difference = (typeof DIFFERENCES)[number];

/** The name of the metric for a count of the daily comparison, such as `ComparedOnlyHere`. */
export const comparisonMetric = (what: string): string =>
  `Compared${what.replace(/(?:^|_)(.)/g, (_, first: string) => first.toUpperCase())}`;

export interface Finding {
  readonly what: Difference;
  readonly user_id: string;
  readonly level: string;
  readonly theirs: string | null;
  readonly ours: Known | null;
  /** The status to heal to; `null` if it is left to a person. */
  readonly heals: Status | null;
}

export interface Comparison {
  readonly same: number;
  readonly findings: readonly Finding[];
}

export interface CompareOptions {
  /** Whether the list has everything, so that what it lacks is only here. */
  readonly isComplete: boolean;
  /** The status that expired verifications are healed to; they are left to a person otherwise. */
  readonly expiredAs: Status | undefined;
  isErased(userId: string): boolean;
  /** Which levels to compare. */
  isAsked(one: { readonly user_id: string; readonly level: string }): boolean;
}

/** Compares Fractal's list with the levels in the table. Of a joined level (`basic+liveness`), only `approved` speaks for its parts. */
export const compare = (listed: readonly Listed[], known: readonly Known[], options: CompareOptions): Comparison => {
  const ours = groupByUser(known);
  const theirs = groupByUser(listed);
  let same = 0;
  const findings: Finding[] = [];
  for (const [user, rows] of theirs) {
    const items = ours.get(user) ?? [];
    for (const [level, statuses] of statusesByLevel(rows)) {
      if (!options.isAsked({ user_id: user, level })) continue;
      const item = items.find((one) => one.level === level);
      const found = findingOf({ user_id: user, level, statuses, item, items, options });
      if (found) findings.push(found);
      else same += 1;
    }
  }
  if (options.isComplete) {
    for (const item of known.filter(options.isAsked)) {
      const isListed = theirs.get(item.user_id)?.some(({ level }) => level === item.level || partsOf(level).includes(item.level));
      if (isListed) continue;
      const { user_id, level } = item;
      findings.push({ what: 'only_here', user_id, level, theirs: null, ours: item, heals: null });
    }
  }
  return { same, findings };
};

/**
 * Compares what Kraken says of each user with the table.
 *
 * @param statuses those that were asked; `null` of users whom Kraken does not know
 */
export const compareResults = (
  statuses: ReadonlyMap<string, string | null>,
  known: ReadonlyMap<string, KnownResult>,
  isErased: CompareOptions['isErased'],
): Comparison => {
  const findings = [...statuses].flatMap(([user_id, theirs]): Finding[] => {
    const item = known.get(user_id);
    const ours = item ?? null;
    const finding = (what: Difference, heals: Status | null = null): Finding[] => [
      { what, user_id, level: KRAKEN, theirs, ours, heals },
    ];
    if (theirs === null) return finding(item ? 'only_here' : 'unknown');
    if (!isStatus(theirs) || theirs === 'contacted') return finding('unsettled');
    if (item?.contested) return finding('contested', theirs);
    if (!item) return isErased(user_id) ? finding('erased') : finding('missing', theirs);
    return item.status === theirs ? [] : finding('different', theirs);
  });
  return { same: statuses.size - findings.length, findings };
};

interface Case {
  readonly user_id: string;
  readonly level: string;
  readonly statuses: ReadonlySet<string>;
  /** The item of just this level. */
  readonly item: Known | undefined;
  /** All levels of the user. */
  readonly items: readonly Known[];
  readonly options: CompareOptions;
}

const findingOf = ({ user_id, level, statuses, item, items, options }: Case): Finding | undefined => {
  const theirs = [...statuses].sort().join(' and ');
  const finding = (what: Difference, heals: Status | null = null): Finding => ({
    what,
    user_id,
    level,
    theirs,
    ours: item ?? null,
    heals,
  });
  if (statuses.size > 1) return finding('contradicting');
  const status = theirs === 'expired' ? (options.expiredAs ?? theirs) : theirs;
  const parts = partsOf(level);
  if (!isStatus(status)) return finding('unsettled');
  if (item?.status === status) return undefined;
  if (parts.length > 1) {
    if (status !== 'approved') return finding('joined');
    const having = parts.map((part) => decisive(items, part)?.status);
    if (having.every((one) => one === 'approved')) return undefined;
    // A part with a state of its own decides, whatever the joined level says.
    if (!item && having.some((one) => one !== undefined)) return finding('different');
  }
  if (!item) return options.isErased(user_id) ? finding('erased') : finding('missing', status);
  return finding('different', status);
};

/** The place of a healed state in the order of the table. `asOf` is epoch milliseconds. */
export interface Place {
  readonly asOf: number;
  readonly statusRank: number;
}

/**
 * Where a healed state stands, so that it never beats a notification that is newer than the comparison: what was missing before
 * everything, what is stricter at the time of the first comparison, and what is looser as the immediate successor of the item.
 *
 * @param comparedAt epoch milliseconds
 * @returns `undefined` if the item is newer than the comparison
 */
export const placeOf = (heals: Status, item: Known | null, comparedAt: number): Place | undefined => {
  if (!item) return { asOf: 0, statusRank: STATUS_RANK[heals] };
  if (STATUS_RANK[heals] < STATUS_RANK[item.status]) return successorOf(item);
  return comparedAt > item.as_of ? { asOf: comparedAt, statusRank: STATUS_RANK[heals] } : undefined;
};

/** The immediate successor of an item: a rank halfway to the next whole number, so that every later time is newer. */
export const successorOf = ({ as_of: asOf, status_rank: rank }: Pick<Known, 'as_of' | 'status_rank'>): Place => ({
  asOf,
  statusRank: (rank + Math.floor(rank) + 1) / 2,
});

const isStatus = (word: string): word is Status => (STATUSES as readonly string[]).includes(word);

/** The levels that are joined in one, as in `basic+liveness`. */
export const partsOf = (level: string): string[] => level.split('+');

/** The item that decides about a level: the newest that has it, and of these the stricter one. */
export const decisive = <Item extends Pick<Known, 'level' | 'as_of' | 'status'>>(
  items: readonly Item[],
  part: string,
): Item | undefined =>
  items
    .filter(({ level }) => partsOf(level).includes(part))
    .sort((a, b) => b.as_of - a.as_of || STATUS_RANK[b.status] - STATUS_RANK[a.status])[0];

const groupByUser = <One extends { readonly user_id: string }>(all: readonly One[]): ReadonlyMap<string, One[]> =>
  Map.groupBy(all, ({ user_id }) => user_id);

const statusesByLevel = (rows: readonly Listed[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const all = new Map<string, Set<string>>();
  for (const { level, status } of rows) all.set(level, (all.get(level) ?? new Set()).add(status));
  return all;
};
