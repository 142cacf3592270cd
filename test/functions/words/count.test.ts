import { expect, test } from '@jest/globals';
import { count } from '../../../functions/words/count.ts';

test('counts are singular only for 1', () => {
  expect([0, 1, 2].map((number) => count(number, 'message'))).toEqual(['0 messages', '1 message', '2 messages']);
  expect([1, 2].map((number) => count(number, 'entry', 'entries'))).toEqual(['1 entry', '2 entries']);
});
