import { FACETS, isKeyOf, ownerOf, userPartition } from '../../functions/core/facets.ts';
import { envelopeOfRecord, fold, recordOf, stateOfRecord } from '../../functions/core/record.ts';
import { identityOf, type Mark, type StoredItem } from '../../functions/core/state.ts';
import { isTestUser } from '../../functions/core/test-user.ts';
import { mapConcurrent } from '../../functions/map-concurrent.ts';
import { count } from '../../functions/words/count.ts';
import { visible } from '../../functions/words/visible.ts';
import { EXIT } from '../failure.ts';
import { waitingFor } from '../finish.ts';
import { partitionsOf } from '../partitions.ts';
import { printJson } from '../print-json.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { historyTableOf, recordsUnder } from './records.ts';

const AT_ONCE = 20;
const SHOW_EVERY = 10_000;

export interface VerifyOptions {
  readonly user: string | undefined;
  readonly json: boolean;
}

/** How an item differs from what the history leads to. */
interface Difference {
  readonly pk: string;
  readonly sk: string;
  /**
   * `edited`: attributes differ; `deleted`: only the history has it; `unrecorded`: only the table has it; `altered`: a record does not
   * say what its body says.
   */
  readonly what: 'edited' | 'deleted' | 'unrecorded' | 'altered';
  readonly attributes: readonly string[];
}

/** Compares the table with the fold of the history. @returns the exit status: 1 if there is a difference */
export const verifyHistory = async (target: Target, { user, json }: VerifyOptions): Promise<number> => {
  const partitions = user === undefined ? await allPartitions(target) : [userPartition(user)];
  const found: Difference[] = [];
  let items = 0;
  let read = 0;
  await mapConcurrent(AT_ONCE, partitions, async (pk) => {
    const [stored, records] = await Promise.all([stateReaderOf(target).under(pk), recordsUnder(target, pk)]);
    const states = stored.filter(isState);
    items += states.length;
    found.push(...differences(states, fold(records)), ...records.flatMap(alteredIn));
    read += 1;
    if (read % SHOW_EVERY === 0) waitingFor(`both tables: ${read} of ${partitions.length} users compared`);
  });
  found.sort((a, b) => (identityOf({ key: a }) < identityOf({ key: b }) ? -1 : 1));
  for (const one of found) {
    if (json) printJson(one);
    else console.log(inWords(one));
  }
  if (!json) console.log(summary(items, found));
  return found.length > 0 ? EXIT.problem : EXIT.done;
};

/** The users and humans of both tables, without test users. */
export const allPartitions = async (target: Target): Promise<string[]> => {
  const all = new Set<string>();
  for (const table of [target.tableName, historyTableOf(target)])
    for (const pk of await partitionsOf(target, table, (one) => ownerOf(one) !== undefined && !isTestUser(one))) all.add(pk);
  return [...all];
};

/** Whether it is an item of the receiver with a state, not a team's own. */
export const isState = ({ pk, sk, as_of }: StoredItem): boolean =>
  as_of !== undefined && FACETS.some((facet) => isKeyOf(facet, { pk: String(pk), sk: String(sk) }));

const keyIn = ({ pk, sk }: StoredItem) => ({ pk: String(pk), sk: String(sk) });

/** The attributes of items that only apply writes. */
const OWN_ATTRIBUTES = new Set([
  ...FACETS.flatMap(({ subject, state, personal, tieBreaks }) => [
    ...Object.keys({ ...subject, ...state, ...personal }),
    ...tieBreaks,
  ]),
  'approval_received_at',
  'rejection_received_at',
  'decided_at',
] satisfies (string | Mark['attribute'])[]);

/** A record that differs from what its body, its time of receipt and its decision lead to. */
const alteredIn = (record: StoredItem): Difference[] => {
  const key = keyIn(record);
  const [envelope, state] = [envelopeOfRecord(record), stateOfRecord(record)];
  if (!envelope || !state) return [{ ...key, what: 'altered', attributes: ['body'] }];
  const expected = recordOf(envelope, String(record.type), state);
  const all: StoredItem = { ...expected.key, ...expected.attributes };
  const attributes = Object.keys(all).filter((name) => all[name] !== record[name]);
  return attributes.length > 0 ? [{ ...key, what: 'altered', attributes }] : [];
};

/** Whether the history leads to just this item. */
export const isLedTo = (item: StoredItem, folded: ReadonlyMap<string, StoredItem>): boolean => {
  const led = folded.get(identityOf({ key: keyIn(item) }));
  return led !== undefined && Object.keys(led).every((name) => led[name] === item[name]);
};

/** The differences between the items of a user and those that the history leads to. */
export const differences = (stored: readonly StoredItem[], folded: ReadonlyMap<string, StoredItem>): Difference[] => {
  const byIdentity = new Map(stored.map((item) => [identityOf({ key: keyIn(item) }), item]));
  const known = [...folded].flatMap(([identity, item]): Difference[] => {
    const found = byIdentity.get(identity);
    if (!found) return [{ ...keyIn(item), what: 'deleted', attributes: [] }];
    const names = new Set([...Object.keys(item), ...Object.keys(found).filter((name) => OWN_ATTRIBUTES.has(name))]);
    const attributes = [...names].filter((name) => item[name] !== found[name]);
    return attributes.length > 0 ? [{ ...keyIn(item), what: 'edited', attributes }] : [];
  });
  const unknown = stored
    .filter((item) => !folded.has(identityOf({ key: keyIn(item) })))
    .map((item): Difference => ({ ...keyIn(item), what: 'unrecorded', attributes: [] }));
  return [...known, ...unknown];
};

const inWords = ({ pk, sk, what, attributes }: Difference): string => {
  const item = visible(`${pk} / ${sk}`);
  if (what === 'edited')
    return `${item}: ${attributes.join(', ')} ${attributes.length === 1 ? 'differs' : 'differ'} from what was received`;
  if (what === 'altered') return `${item}: the record was altered: ${attributes.join(', ')}`;
  return what === 'deleted' ? `${item}: was received, and is not in the table` : `${item}: is in the table, and was not recorded`;
};

const summary = (items: number, found: readonly Difference[]): string =>
  found.length === 0
    ? `${count(items, 'item')} in the table, each as the history says.`
    : `${count(found.length, 'difference')}, among ${count(items, 'item')} in the table. A message that is still on a queue can appear as a difference until it is applied.`;
