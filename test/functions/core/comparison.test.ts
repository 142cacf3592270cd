import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type CompareOptions,
  compare,
  compareResults,
  type Known,
  type Listed,
  placeOf,
} from '../../../functions/core/comparison.ts';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import { STATUS_RANK, STATUSES, type Status } from '../../../functions/core/facets.ts';
import { interpretMessage } from '../../../functions/core/interpret-message.ts';
import { envelopeOfRecord, fold, recordOf } from '../../../functions/core/record.ts';
import { itemAfter, type State, type StoredItem } from '../../../functions/core/state.ts';
import { runsOf } from '../../support/effort.ts';
import { aVerification, bytesOf } from '../../support/notifications.ts';

const ALL: CompareOptions = { isComplete: true, expiredAs: undefined, isErased: () => false, isAsked: () => true };
const row = (level: string, status: string, user_id = '42'): Listed => ({ user_id, level, status });
const known = (level: string, status: Status, as_of = 1_000, user_id = '42'): Known => ({
  user_id,
  level,
  status,
  as_of,
  status_rank: STATUS_RANK[status],
});
const found = (listed: readonly Listed[], items: readonly Known[], options: Partial<CompareOptions> = {}) =>
  compare(listed, items, { ...ALL, ...options }).findings.map(({ what, level, theirs, ours, heals }) => [
    what,
    level,
    theirs,
    ours?.status ?? null,
    heals,
  ]);

describe('comparing the list of Fractal with the table', () => {
  test.each<[string, readonly Listed[], readonly Known[], Partial<CompareOptions>, unknown[]]>([
    ['the same', [row('plus', 'approved')], [known('plus', 'approved')], {}, []],
    ['the same, twice', [row('plus', 'approved'), row('plus', 'approved')], [known('plus', 'approved')], {}, []],
    ['missing here', [row('plus', 'rejected')], [], {}, [['missing', 'plus', 'rejected', null, 'rejected']]],
    [
      'different, stricter there',
      [row('plus', 'rejected')],
      [known('plus', 'approved')],
      {},
      [['different', 'plus', 'rejected', 'approved', 'rejected']],
    ],
    [
      'different, looser there',
      [row('plus', 'approved')],
      [known('plus', 'contacted')],
      {},
      [['different', 'plus', 'approved', 'contacted', 'approved']],
    ],
    ['only here', [], [known('plus', 'approved')], {}, [['only_here', 'plus', null, 'approved', null]]],
    ['only here, but the list is cut', [], [known('plus', 'approved')], { isComplete: false }, []],
    ['erased here', [row('plus', 'approved')], [], { isErased: () => true }, [['erased', 'plus', 'approved', null, null]]],
    [
      'pending there',
      [row('plus', 'pending')],
      [known('plus', 'approved')],
      {},
      [['unsettled', 'plus', 'pending', 'approved', null]],
    ],
    ['an unknown word', [row('plus', 'paused')], [], {}, [['unsettled', 'plus', 'paused', null, null]]],
    [
      'expired there',
      [row('plus', 'expired')],
      [known('plus', 'approved')],
      {},
      [['unsettled', 'plus', 'expired', 'approved', null]],
    ],
    [
      'expired there, healed as rejected',
      [row('plus', 'expired')],
      [known('plus', 'approved')],
      { expiredAs: 'rejected' },
      [['different', 'plus', 'expired', 'approved', 'rejected']],
    ],
    [
      'rows that contradict each other',
      [row('plus', 'approved'), row('plus', 'rejected')],
      [known('plus', 'approved')],
      {},
      [['contradicting', 'plus', 'approved and rejected', 'approved', null]],
    ],
    ['joined, approved in parts', [row('a+b', 'approved')], [known('a', 'approved'), known('b', 'approved')], {}, []],
    ['joined, approved as such', [row('a+b', 'approved')], [known('a+b', 'approved')], {}, []],
    ['joined, missing', [row('a+b', 'approved')], [], {}, [['missing', 'a+b', 'approved', null, 'approved']]],
    [
      'joined, one part rejected',
      [row('a+b', 'approved')],
      [known('a', 'rejected'), known('b', 'approved')],
      {},
      [['different', 'a+b', 'approved', null, null]],
    ],
    [
      'joined, and approved there since',
      [row('a+b', 'approved')],
      [known('a+b', 'rejected')],
      {},
      [['different', 'a+b', 'approved', 'rejected', 'approved']],
    ],
    ['joined, rejected', [row('a+b', 'rejected')], [known('a', 'approved')], {}, [['joined', 'a+b', 'rejected', null, null]]],
  ])('%s', (_, listed, items, options, expected) => {
    expect(found(listed, items, options)).toEqual(expected);
  });

  test('counts what is the same, and keeps users apart', () => {
    const { same, findings } = compare(
      [row('plus', 'approved', 'a'), row('plus', 'approved', 'b')],
      [known('plus', 'approved', 1, 'a'), known('plus', 'rejected', 1, 'b')],
      ALL,
    );
    expect([same, findings.map(({ user_id }) => user_id)]).toEqual([1, ['b']]);
  });

  test('is about those who are asked for only, and uses what else it knows of them', () => {
    const { same, findings } = compare(
      [row('a', 'approved'), row('b+c', 'approved'), row('plus', 'approved', 'other')],
      [known('b', 'approved'), known('c', 'approved'), known('plus', 'rejected', 1, 'other'), known('gone', 'approved')],
      { ...ALL, isAsked: ({ user_id, level }) => user_id === '42' && /[+]|gone/.test(level) },
    );
    expect([same, findings.map(({ what, level }) => [what, level])]).toEqual([1, [['only_here', 'gone']]]);
  });
});

describe('the comparison with what Kraken says', () => {
  const result = (status: Status, contested = false) => ({ ...known('kraken', status), contested });
  test.each<[string, string | null, ReturnType<typeof result> | undefined, readonly [string, Status | null] | 'same']>([
    ['the same', 'approved', result('approved'), 'same'],
    ['different', 'rejected', result('approved'), ['different', 'rejected']],
    ['looser there', 'approved', result('rejected'), ['different', 'approved']],
    ['contested, approved there', 'approved', result('rejected', true), ['contested', 'approved']],
    ['contested, rejected there', 'rejected', result('rejected', true), ['contested', 'rejected']],
    ['contested, pending there', 'pending', result('rejected', true), ['unsettled', null]],
    ['missing', 'rejected', undefined, ['missing', 'rejected']],
    ['pending', 'pending', undefined, ['unsettled', null]],
    ['a word of the classic product', 'contacted', undefined, ['unsettled', null]],
    ['unknown there', null, result('approved'), ['only_here', null]],
    ['unknown to both', null, undefined, ['unknown', null]],
  ])('%s', (_, theirs, item, expected) => {
    const { same, findings } = compareResults(new Map([['42', theirs]]), new Map(item && [['42', item]]), () => false);
    expect(same).toBe(expected === 'same' ? 1 : 0);
    expect(findings.map(({ what, heals }) => [what, heals])).toEqual(expected === 'same' ? [] : [expected]);
    expect(findings.every(({ user_id, level, ours }) => user_id === '42' && level === 'kraken' && ours === (item ?? null))).toBe(
      true,
    );
  });

  test('does not bring back who was erased', () => {
    const { findings } = compareResults(new Map([['42', 'approved']]), new Map(), (id) => id === '42');
    expect(findings).toMatchObject([{ what: 'erased', heals: null }]);
  });
});

describe('the place of a healed state', () => {
  test.each([
    ['approved', null, { asOf: 0, statusRank: 1 }],
    ['rejected', known('plus', 'approved', 1_000), { asOf: 5_000, statusRank: 3 }],
    ['approved', known('plus', 'rejected', 1_000), { asOf: 1_000, statusRank: 3.5 }],
    ['approved', { ...known('plus', 'rejected', 1_000), status_rank: 3.5 }, { asOf: 1_000, statusRank: 3.75 }],
    ['rejected', known('plus', 'approved', 6_000), undefined],
  ] as const)('%s over %j is %j', (heals, item, place) => {
    expect(placeOf(heals, item, 5_000)).toEqual(place);
  });
});

/** What the table ends with, if these states are applied in this order. */
const endOf = (states: readonly State[]): StoredItem | undefined => {
  let item: StoredItem | undefined;
  for (const state of states) item = { ...state.key, ...itemAfter(state, item) };
  return item;
};

const stateIn = (envelope: Parameters<typeof encodeEnvelope>[0]): State => {
  const read = interpretMessage(encodeEnvelope(envelope), envelope.receivedAt + 1e12);
  if (read.kind !== 'understood') throw new Error(read.problem);
  return read.state;
};

const notified = (status: Status, second: number): State =>
  stateIn({
    id: `${second}`,
    receivedAt: second * 1_000,
    bytes: bytesOf(aVerification({ user: '42', level: 'plus', status, timestamp: new Date(second * 1_000).toISOString() })),
  });

const healed = (status: Status, item: Known | null, comparedAt: number): State | undefined => {
  const place = placeOf(status, item, comparedAt);
  const bytes = bytesOf(JSON.stringify({ user_id: '42', level: 'plus', credential: status }));
  return (
    place &&
    stateIn({ id: 'heal', receivedAt: comparedAt, bytes, source: 'reconciled', decision: { ...place, by: 'arn', why: 'any' } })
  );
};

describe('healing', () => {
  const Truth = fc.record({
    status: fc.constantFrom(...STATUSES),
    second: fc.integer({ min: 1, max: 60 }),
    // Before the heal, after it, or never.
    arrives: fc.constantFrom('before', 'after', 'never', 'both'),
  });

  test('leaves what is newer than the comparison as it would be without it, and ends otherwise with what Fractal said', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(Truth, { selector: ({ second }) => second, minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        (truths, compared, twice) => {
          const inOrder = truths.toSorted((a, b) => a.second - b.second);
          const comparedAt = compared * 1_000 + 500;
          const there = inOrder.filter(({ second }) => second * 1_000 <= comparedAt).at(-1);
          // Nothing that is newer than the comparison has arrived, or the second comparison sees another item.
          const before = inOrder.filter(({ arrives, second }) => /before|both/.test(arrives) && second * 1_000 <= comparedAt);
          const after = inOrder.filter(({ arrives }) => /after|both/.test(arrives)).reverse();
          fc.pre(there !== undefined);
          const item = endOf(before.map(({ status, second }) => notified(status, second)));
          const ours = item
            ? ({ user_id: '42', level: 'plus', status: item.status, as_of: item.as_of, status_rank: item.status_rank } as Known)
            : null;
          if (there === undefined || ours?.status === there.status) return;
          const heal = healed(there.status, ours, comparedAt);
          if (!heal) throw new Error('not healed');
          const arriving = after.map(({ status, second }) => notified(status, second));
          const first = before.map(({ status, second }) => notified(status, second));
          const end = endOf([...first, heal, ...(twice ? [heal] : []), ...arriving]);
          const without = endOf([...first, ...arriving]);
          const newest = [...before, ...after].toSorted((a, b) => a.second - b.second).at(-1);
          if (newest && newest.second * 1_000 > comparedAt) expect(end).toEqual(without);
          else if (
            !after.some(({ second }) => second === newest?.second) ||
            before.some(({ second }) => second === newest?.second)
          )
            expect(end?.status).toBe(there.status);
          else expect([there.status, newest?.status]).toContain(end?.status);
        },
      ),
      runsOf(20_000, 2_000),
    );
  });

  test('has no invented time, and a record that gives the same state', () => {
    const bytes = bytesOf('{"user_id":"42","level":"plus","credential":"approved","more":1}');
    const decision = { asOf: 0, statusRank: 1, by: 'arn', why: 'asked' };
    const envelope = { id: 'heal', receivedAt: 5, bytes, source: 'reconciled' as const, decision };
    const read = interpretMessage(encodeEnvelope(envelope), 5);
    if (read.kind !== 'understood') throw new Error(read.problem);
    expect(read).toMatchObject({
      type: 'verification_approved',
      state: { attributes: { user_id: '42', level: 'plus', status: 'approved', status_rank: 1 }, asOf: 0 },
    });
    const { key, attributes } = recordOf(read.envelope, read.type, read.state);
    const record = { ...key, ...attributes };
    expect(record).toMatchObject({ source: 'reconciled', decided_by: 'arn', decided_why: 'asked' });
    expect(envelopeOfRecord(record)).toEqual(envelope);
    expect([...fold([record]).values()]).toEqual([
      { pk: 'USER#42', sk: 'LEVEL#plus', user_id: '42', level: 'plus', status: 'approved', status_rank: 1, as_of: 0 },
    ]);
    // A healed state takes the time of the item with it.
    const item = endOf([notified('rejected', 1), healed('approved', known('plus', 'rejected', 1_000), 9_000) as State]);
    expect(item).toEqual({
      pk: 'USER#42',
      sk: 'LEVEL#plus',
      user_id: '42',
      level: 'plus',
      status: 'approved',
      status_rank: 3.5,
      as_of: 1_000,
    });
  });

  test.each([
    ['a row without a decision', { source: 'reconciled' as const }, 'missing_field: type'],
    ['a row that a webhook brings', { decision: { asOf: 0, statusRank: 1, by: 'a', why: 'b' } }, 'missing_field: type'],
  ])('%s is not understood', (_, more, problem) => {
    const bytes = bytesOf('{"user_id":"42","level":"plus","credential":"approved"}');
    expect(interpretMessage(encodeEnvelope({ id: 'x', receivedAt: 5, bytes, ...more }), 5)).toMatchObject({
      kind: 'not_understood',
      problem,
    });
  });
});
