import { describe, expect, test } from '@jest/globals';
import { about, CREDENTIAL, EMAIL, isKeyOf, KRAKEN_LEVEL, LEVEL, ownerOf } from '../../../functions/core/facets.ts';

test.each([
  ['USER#42', { kind: 'user', id: '42' }],
  ['USER#', { kind: 'user', id: '' }],
  ['USER#a#USER#b', { kind: 'user', id: 'a#USER#b' }],
  ['HUMAN#h', { kind: 'human', id: 'h' }],
  ['HUMAN#USER#', { kind: 'human', id: 'USER#' }],
  ['ORDER#42', undefined],
  ['42USER#', undefined],
  ['HISTORY', undefined],
])('the owner of %s is %j', (pk, owner) => {
  expect(ownerOf(pk)).toEqual(owner);
});

describe('a key', () => {
  test.each([
    [LEVEL, 'USER#42', 'LEVEL#plus', true],
    [LEVEL, 'USER#42', 'XLEVEL#plus', false],
    [LEVEL, 'HUMAN#42', 'LEVEL#plus', false],
    [LEVEL, 'USER#42', 'LEVEL#kraken', true],
    [KRAKEN_LEVEL, 'USER#42', 'LEVEL#kraken', true],
    [KRAKEN_LEVEL, 'USER#42', 'LEVEL#kraken2', false],
    [EMAIL, 'USER#42', 'EMAIL', true],
    [EMAIL, 'USER#42', 'EMAIL#2', false],
    [CREDENTIAL, 'HUMAN#h', 'CREDENTIAL#c', true],
    [CREDENTIAL, 'USER#h', 'CREDENTIAL#c', false],
  ])('%#: belongs to its facet only', (facet, pk, sk, is) => {
    expect(isKeyOf(facet, { pk, sk })).toBe(is);
    expect(about(facet, [{ pk, sk }, {}])).toEqual(is ? [{ pk, sk }] : []);
  });
});
