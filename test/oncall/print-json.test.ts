import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { parseShallowJson } from '../../functions/core/json.ts';
import { printJson } from '../../oncall/print-json.ts';

const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('JSON for a terminal', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const printed = (value: unknown): string => {
    const log = jest.spyOn(console, 'log').mockImplementation(() => {});
    printJson(value);
    return String(log.mock.calls[0]?.[0]);
  };

  test('is printable ASCII on one line, and has the same value', () => {
    const value = { text: 'a\u009b31m\u202egnp\u2028\u0007\u007f\u00e9\u{1f600}\n', list: [1, null, true] };
    expect(printed(value)).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(printed(value))).toEqual(value);
  });

  test('says so if a value is nested too deeply', () => {
    expect(JSON.parse(printed(JSON.parse(deep(200_000))))).toEqual({ error: 'This value is nested too deeply to be shown.' });
  });

  test('contains deeply nested input as text', () => {
    expect(parseShallowJson('{"a":[1]}')).toEqual({ a: [1] });
    expect(parseShallowJson('nonsense')).toBeUndefined();
    expect(JSON.parse(printed({ sent: parseShallowJson(deep(200_000)), status: 202 }))).toEqual({
      sent: deep(200_000),
      status: 202,
    });
  });
});
