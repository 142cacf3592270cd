import { afterEach, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { readEnvironment, Text } from '../../functions/environment.ts';
import { Problem } from '../../functions/log.ts';

const entries = { TEST_URL: v.pipe(v.string(), v.url()), TEST_NAME: Text };

describe('the environment', () => {
  afterEach(() => {
    delete process.env.TEST_URL;
    delete process.env.TEST_NAME;
  });

  test('is parsed as declared', () => {
    Object.assign(process.env, { TEST_URL: 'https://example.com', TEST_NAME: 'x' });
    expect(readEnvironment(entries)).toEqual({ TEST_URL: 'https://example.com', TEST_NAME: 'x' });
  });

  test('without some variables throws an error that names each of them', () => {
    process.env.TEST_URL = 'nonsense';
    expect(() => readEnvironment(entries)).toThrow(/TEST_URL is wrong: .*; TEST_NAME is missing/);
  });

  test('with an empty variable throws an error that names it', () => {
    Object.assign(process.env, { TEST_URL: '', TEST_NAME: '' });
    expect(() => readEnvironment(entries)).toThrow(/^Environment: TEST_URL is empty; TEST_NAME is empty$/);
  });

  test('contains no secrets, so the error may be logged', () => {
    expect(() => readEnvironment(entries)).toThrow(Problem);
  });
});
