import { expect, test } from '@jest/globals';
import { indented } from '../../../oncall/dlq/indented.ts';

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const inObjects = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

test('JSON is indented, its values unchanged', () => {
  expect(indented('{"a":[1,"b"]}')).toBe('{\n  "a": [\n    1,\n    "b"\n  ]\n}');
  expect(indented('null')).toBe('null');
});

test.each(['', 'nonsense', '{"a":', '[1]]'])('%j is no JSON', (text) => {
  expect(indented(text)).toBeUndefined();
});

test.each([nested(50), inObjects(50), `[${`${nested(49)},`.repeat(3)}1]`, `[${`${inObjects(49)},`.repeat(3)}1]`])(
  'what is nested fifty levels deep is indented',
  (text) => {
    expect(indented(text)).toBe(JSON.stringify(JSON.parse(text), undefined, 2));
  },
);

test.each([nested(51), inObjects(51), `[1,${nested(50)},2]`, nested(100_000), `["\\"",${nested(50)}]`])(
  'what is nested more deeply is not',
  (text) => {
    expect(indented(text)).toBeUndefined();
  },
);

test.each(['['.repeat(60), '{'.repeat(60), `"${'['.repeat(60)}`, `\\${'{'.repeat(60)}`, `\n${'['.repeat(60)}`])(
  'brackets in text are not levels: %j',
  (text) => {
    expect(indented(JSON.stringify([text]))).toBe(`[\n  ${JSON.stringify(text)}\n]`);
  },
);
