import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Difference, Finding } from '../../../functions/core/comparison.ts';
import type { Status } from '../../../functions/core/facets.ts';
import { AskError } from '../../../functions/reconcile/ask.ts';
import type { Compared } from '../../../functions/reconcile/compare-with-fractal.ts';
import { createDaily } from '../../../functions/reconcile/daily.ts';

const finding = (what: Difference, user_id: string, heals: Status | null = null, level = 'plus'): Finding => ({
  what,
  user_id,
  level,
  theirs: heals ?? 'pending',
  ours: null,
  heals,
});
const found = (...findings: Finding[]): Compared => ({
  same: 7,
  findings,
  unreadable: 0,
  cut: undefined,
  unanswered: 0,
  notCompared: { classic: 0, kraken: 0 },
});

let lines: string[];

beforeEach(() => {
  lines = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
});

afterEach(() => void jest.restoreAllMocks());

/** Runs it over these comparisons. */
const running = async (...comparisons: Compared[]) => {
  const asked: unknown[] = [];
  const compare = async (users?: readonly string[]) => {
    asked.push(users);
    return comparisons.shift() as Compared;
  };
  await createDaily({ compare, pause: async () => void asked.push('pause') })({}, { awsRequestId: 'request' });
  return { asked, logged: lines.map((line) => JSON.parse(line)) };
};

describe('the daily comparison', () => {
  test('logs counts and no ids, once', async () => {
    const { asked, logged } = await running(
      found(finding('unsettled', 'secret-user'), finding('contested', 'other', 'approved')),
    );
    expect(asked).toEqual([undefined]);
    expect(logged).toEqual([
      {
        timestamp: expect.any(String),
        level: 'INFO',
        message: 'compared',
        same: 7,
        contested: 1,
        unsettled: 1,
        healable: 0,
        unreadable: 0,
        unanswered: 0,
        not_compared: 0,
        cut: false,
      },
    ]);
    expect(lines.join()).not.toContain('user');
  });

  test('counts what can be healed only if it is so after a pause, too', async () => {
    const [lost, late, other] = [
      finding('missing', 'lost', 'approved'),
      finding('missing', 'late', 'approved'),
      finding('different', 'other', 'rejected', 'kraken'),
    ];
    const { asked, logged } = await running(
      found(lost, late, other, finding('only_here', 'gone')),
      found(lost, { ...other, theirs: 'approved' }, finding('missing', 'new', 'approved')),
    );
    expect(asked).toEqual([undefined, 'pause', ['other']]);
    expect(logged).toMatchObject([{ missing: 1, only_here: 1, healable: 1 }]);
    expect(logged[0]).not.toHaveProperty('different');
  });

  test('fails if Fractal can not be asked, and says why', async () => {
    const compare = async () => {
      throw new AskError('auth.fractal.id answered 401: the client secret is wrong');
    };
    const daily = createDaily({ compare, pause: async () => {} });
    await expect(daily({}, { awsRequestId: 'request' })).rejects.toThrow(AskError);
    expect(JSON.parse(lines[0] as string)).toMatchObject({
      level: 'ERROR',
      message: 'not compared',
      requestId: 'request',
      problem: 'auth.fractal.id answered 401: the client secret is wrong',
    });
  });
});
