import { expect, test } from '@jest/globals';
import { isComplete, newReport, type Report } from '../../../../oncall/forget/report.ts';

const report = (changes: Partial<Report>, perhaps: string[] = []): Report => {
  const { queues, ...rest } = newReport();
  return { ...rest, finished: true, ...changes, queues: { ...queues, unpublished: { own: [], perhaps, unread: 0 } } };
};

test('a deletion is complete only if the last look found nothing, all was searched, and nothing is left, hidden or to be decided', () => {
  expect(isComplete(report({ items: 3 }))).toBe(true);
  for (const changes of [{ finished: false }, { searched: false }, { left: 1 }, { hidden: 1 }, { left: 1, hidden: 1 }])
    expect([changes, isComplete(report(changes))]).toEqual([changes, false]);
  expect(isComplete(report({}, ['id']))).toBe(false);
  expect(isComplete(report({ hidden: 1 }, ['id']))).toBe(false);
  expect(isComplete(report({ left: 1 }, ['id']))).toBe(false);
});
