import { describe, expect, test } from '@jest/globals';
import type { Difference, Finding } from '../../../functions/core/comparison.ts';
import type { Status } from '../../../functions/core/facets.ts';
import { AskError } from '../../../functions/reconcile/ask.ts';
import type { Compared } from '../../../functions/reconcile/compare-with-fractal.ts';
import { createDaily } from '../../../functions/reconcile/daily.ts';
import { logged } from '../../support/lambda.ts';

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

/** Runs it over these comparisons. */
const running = async (...comparisons: Compared[]) => {
  const asked: unknown[] = [];
  const compare = async (users?: readonly string[]) => {
    asked.push(users);
    return comparisons.shift() as Compared;
  };
  const daily = createDaily({ compare, pause: async () => void asked.push('pause') });
  const lines = await logged(() => daily({}, { awsRequestId: 'request' }));
  return { asked, lines };
};

describe('the daily comparison', () => {
  test('logs counts and no ids, once', async () => {
    const { asked, lines } = await running(found(finding('unsettled', 'secret-user'), finding('contested', 'other', 'approved')));
    expect(asked).toEqual([undefined]);
    expect(JSON.parse(lines)).toEqual({
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
    });
    expect(lines).not.toContain('user');
  });

  test('counts what can be healed only if it is so after a pause, too', async () => {
    const [lost, late, other] = [
      finding('missing', 'lost', 'approved'),
      finding('missing', 'late', 'approved'),
      finding('different', 'other', 'rejected', 'kraken'),
    ];
    const { asked, lines } = await running(
      found(lost, late, other, finding('only_here', 'gone')),
      found(lost, { ...other, theirs: 'approved' }, finding('missing', 'new', 'approved')),
    );
    expect(asked).toEqual([undefined, 'pause', ['other']]);
    const line = JSON.parse(lines);
    expect(line).toMatchObject({ missing: 1, only_here: 1, healable: 1 });
    expect(line).not.toHaveProperty('different');
  });

  test('fails if Fractal can not be asked, and says why', async () => {
    const compare = async () => {
      throw new AskError('auth.fractal.id answered 401: the client secret is wrong');
    };
    const daily = createDaily({ compare, pause: async () => {} });
    const lines = await logged(() => expect(daily({}, { awsRequestId: 'request' })).rejects.toThrow(AskError));
    expect(JSON.parse(lines)).toMatchObject({
      level: 'ERROR',
      message: 'not compared',
      requestId: 'request',
      problem: 'auth.fractal.id answered 401: the client secret is wrong',
    });
  });
});
