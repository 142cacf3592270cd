import { expect, test } from '@jest/globals';
import { visible } from '../../../functions/words/visible.ts';

test('control and formatting characters and line separators are made visible', () => {
  expect(visible('a\u001b[31mb\u202ec\u2028d\u2029é😀')).toBe('a\uFFFD[31mb\uFFFDc\uFFFDd\uFFFDé😀');
});
