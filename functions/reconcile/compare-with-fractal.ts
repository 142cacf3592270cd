import { type CompareOptions, type Comparison, compare, compareResults } from '../core/comparison.ts';
import type { Status } from '../core/facets.ts';
import { KRAKEN } from '../core/kraken.ts';
import type { NamedId } from '../core/person-id.ts';
import type { StoredItem } from '../core/state.ts';
import { hashOf, type Ledger } from '../erasure.ts';
import { type List, listVerifications } from './classic-list.ts';
import type { Credentials } from './credentials.ts';
import type { Hosts } from './hosts.ts';
import { addKnown, type KnownLevels } from './known.ts';
import { askStatuses, type KrakenDependencies, type KrakenOptions } from './kraken-statuses.ts';

export interface CompareDependencies extends KrakenDependencies {
  /** Calls `add` with the items of levels in the table. */
  readLevels(add: (items: readonly StoredItem[]) => void): Promise<void>;
  erasuresOf(ids: readonly NamedId[]): Promise<Ledger>;
  /** Called with how far it is, in words. */
  progress(words: string): void;
}

export interface CompareWith {
  readonly hosts: Hosts;
  /** What has no credentials is not compared. */
  readonly credentials: Credentials;
  /** This user only. */
  readonly user?: string | undefined;
  /** This level only. */
  readonly level?: string | undefined;
  readonly expiredAs?: Status | undefined;
  /** At most so many users of Kraken per second. */
  readonly rate: number;
  /** Users of Kraken that the table may not have. */
  readonly moreUsers?: readonly string[];
  /** Only these users of Kraken. */
  readonly krakenUsers?: readonly string[] | undefined;
  /** At most so many users of Kraken, chosen at random. */
  readonly krakenAtMost?: number;
}

export interface Compared extends Comparison {
  /** Rows of the list that are not in the documented form. */
  readonly unreadable: number;
  /** Why the list may not have everything; `undefined` if it has. */
  readonly cut: string | undefined;
  /** Users of whom Kraken gave no answer. */
  readonly unanswered: number;
  /** How many levels and results of the table were not compared: for lack of credentials, or because there are too many. */
  readonly notCompared: { readonly classic: number; readonly kraken: number };
}

const NOTHING: Comparison = { same: 0, findings: [] };

/** Asks Fractal for all verifications, and compares them with the table. @throws AskError if it can't be told */
export const compareWithFractal = async (dependencies: CompareDependencies, options: CompareWith): Promise<Compared> => {
  const { ask, readLevels, progress } = dependencies;
  const { hosts, credentials, user, level } = options;
  const classic = level === KRAKEN ? undefined : credentials.classic;
  const kraken = level === undefined || level === KRAKEN ? krakenOf(options) : undefined;
  const list =
    classic && (await listVerifications(ask, hosts, classic, (rows) => progress(`Fractal: ${rows} verifications listed`)));
  const known: KnownLevels = { classic: [], kraken: new Map() };
  await readLevels((items) => addKnown(known, items));

  const isAsked = (one: { readonly user_id: string; readonly level: string }): boolean =>
    (user === undefined || one.user_id === user) && (level === undefined || one.level === level);
  const listed = list ? await compareList(dependencies, { expiredAs: options.expiredAs, isAsked }, list, known) : NOTHING;
  const users = resultsToAsk(known, options);
  const results = kraken
    ? await compareKraken(dependencies, { ...kraken, rate: options.rate }, known, users)
    : { ...NOTHING, unanswered: 0 };
  return {
    same: listed.same + results.same,
    findings: [...listed.findings, ...results.findings],
    unreadable: list?.unreadable ?? 0,
    cut: list?.cut,
    unanswered: results.unanswered,
    notCompared: {
      classic: credentials.classic ? 0 : known.classic.filter(isAsked).length,
      kraken:
        [...known.kraken.values()].filter(isAsked).length - (kraken ? users.filter((id) => known.kraken.has(id)).length : 0),
    },
  };
};

const compareList = async (
  { erasuresOf }: CompareDependencies,
  { expiredAs, isAsked }: Pick<CompareOptions, 'expiredAs' | 'isAsked'>,
  { rows, cut, unreadable }: List,
  { classic }: KnownLevels,
): Promise<Comparison> => {
  const users = new Set(classic.map(({ user_id }) => user_id));
  const erasures = await erasuresOf(idsOf(rows.filter(({ user_id }) => !users.has(user_id)).map(({ user_id }) => user_id)));
  return compare(rows, classic, {
    isComplete: cut === undefined && unreadable === 0,
    expiredAs,
    isAsked,
    isErased: (id) => erasures.has(hashOf({ kind: 'user', id })),
  });
};

const compareKraken = async (
  dependencies: CompareDependencies,
  of: Omit<KrakenOptions, 'progress'>,
  known: KnownLevels,
  users: readonly string[],
): Promise<Comparison & { readonly unanswered: number }> => {
  const { statuses, unanswered } = await askStatuses(
    dependencies,
    {
      ...of,
      progress: (asked) => {
        if (asked % 100 === 0) dependencies.progress(`Kraken: ${asked} of ${users.length} users`);
      },
    },
    users,
  );
  const erasures = await dependencies.erasuresOf(idsOf(users.filter((id) => !known.kraken.has(id))));
  const compared = compareResults(statuses, known.kraken, (id) => erasures.has(hashOf({ kind: 'user', id })));
  return { ...compared, unanswered };
};

/** Where to ask Kraken, and as whom; `undefined` if either is not known. */
const krakenOf = ({ hosts: { kraken: url }, credentials: { kraken: credentials } }: CompareWith) =>
  url !== undefined && credentials ? { url, credentials } : undefined;

const resultsToAsk = (
  { kraken }: KnownLevels,
  { user, moreUsers = [], krakenUsers = [...kraken.keys()], krakenAtMost = Number.POSITIVE_INFINITY }: CompareWith,
): string[] => {
  const all = [...new Set([...krakenUsers, ...moreUsers])].filter((id) => user === undefined || id === user);
  return all.length <= krakenAtMost ? all : someOf(all, krakenAtMost);
};

/** So many of these, chosen at random: over the days, each has its turn. */
const someOf = (all: readonly string[], most: number): string[] =>
  all
    .map((id) => [Math.random(), id] as const)
    .sort(([a], [b]) => a - b)
    .slice(0, most)
    .map(([, id]) => id);

const idsOf = (users: readonly string[]): NamedId[] => [...new Set(users)].map((id) => ({ kind: 'user', id }));
