import { expect, test } from '@jest/globals';
import { nothingToCheck } from '../../../functions/release-check/decide.ts';

const arn = (name: string, version: number | string) => `arn:aws:lambda:eu-central-1:123456789012:function:${name}:${version}`;

type Versions = Readonly<Record<string, number | string>>;

const asked = (request: string, now: Versions, before: Versions) => {
  const of = (versions: Versions) => ({
    ...Object.fromEntries(Object.entries(versions).map(([name, version]) => [name, arn(name, version)])),
    Alias: 'live',
  });
  return nothingToCheck(request, of(now), of(before));
};

const ROLLBACK = 'a rollback: the former versions are not checked again';
const UNCHANGED = 'no function has a new version';

test.each<[string, Versions, Versions, string | undefined]>([
  ['one rose', { A: 2, B: 1 }, { A: 1, B: 1 }, undefined],
  ['all rose', { A: 2, B: 2 }, { A: 1, B: 1 }, undefined],
  ['one rose from 9 to 10, as a number', { A: 10 }, { A: 9 }, undefined],
  ['one rose beside a new function', { A: 2, C: 1 }, { A: 1 }, undefined],
  ['one fell', { A: 1, B: 1 }, { A: 2, B: 1 }, ROLLBACK],
  ['one fell from 10 to 9', { A: 9 }, { A: 10 }, ROLLBACK],
  ['one rose, and one fell', { A: 2, B: 1 }, { A: 1, B: 2 }, ROLLBACK],
  ['one rose, and one vanished', { A: 2 }, { A: 1, B: 1 }, ROLLBACK],
  ['one has another name', { C: 1 }, { A: 1 }, ROLLBACK],
  ['none changed', { A: 1, B: 1 }, { A: 1, B: 1 }, UNCHANGED],
  ['only a new function came', { A: 1, C: 1 }, { A: 1 }, UNCHANGED],
  ['there were none', { A: 1 }, {}, UNCHANGED],
  ['none is a version', { A: '$LATEST' }, { A: '$LATEST' }, UNCHANGED],
])('an update in which %s', (_, now, before, result) => {
  expect(asked('Update', now, before)).toBe(result);
});

test('a creation is always checked, and a deletion or an unknown request never', () => {
  expect(asked('Create', { A: 1 }, {})).toBeUndefined();
  expect(asked('Delete', { A: 2 }, { A: 1 })).toBe('nothing to do');
  expect(asked('Other', { A: 2 }, { A: 1 })).toBe('nothing to do');
});
