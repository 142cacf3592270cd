import { expect, test } from '@jest/globals';
import { useStackInProcess } from '../../support/stack-in-process.ts';
import { suggestedIn } from '../../support/terminal.ts';

const UUID = '14ec6af0-12f8-4bce-a6ab-01ce87fa1812';
const UPPER = UUID.replaceAll('-', '').toUpperCase();

const stack = useStackInProcess();

test.each([
  ['user', UUID, { pk: `USER#${UPPER}`, sk: 'LEVEL#basic', status: 'approved', as_of: 1 }],
  ['user', 'jos\u00e9', { pk: 'USER#jose\u0301', sk: 'LEVEL#basic', status: 'approved', as_of: 1 }],
  ['user', ' jane', { pk: 'USER#jane', sk: 'LEVEL#basic', status: 'approved', as_of: 1 }],
  ['human', `{${UUID}}`, { pk: `HUMAN#${UPPER}`, sk: 'CREDENTIAL#c', as_of: 1 }],
])('status finds the items of another spelling of a %s: %s', async (kind, id, item) => {
  await stack.put(item);
  const { status, stdout } = await stack.run('status', ...(kind === 'human' ? ['--human', id] : [id]));
  expect([status, stdout.split('\n')[0]]).toEqual([1, `No items for ${kind} ${id}.`]);
  const suggested = suggestedIn(stdout);
  expect(suggested).toHaveLength(1);
  expect((await stack.run(...(suggested[0] ?? []).map((word) => word.replaceAll("'", '')))).status).toBe(0);
});

test('status suggests nothing for an id that has no items in any spelling', async () => {
  expect((await stack.run('status', UUID, '--human', 'h')).stdout).toBe(`No items for user ${UUID}, human h.\n`);
});
