import { pathToFileURL } from 'node:url';
import { ModernFakeTimers } from '@jest/fake-timers';
import { expect } from 'expect';
import { bind } from 'jest-each';
import { ModuleMocker } from 'jest-mock';
import config from '../jest.config.js';

// Stands in for `@jest/globals`: what the tests of this project use of it. Tests are kept, so that they can be run any number of
// times on the modules that are loaded once.

const newSuite = (name, parent) => ({ name, parent, beforeAll: [], afterAll: [], beforeEach: [], afterEach: [], children: [] });

let current = newSuite('', undefined);

const addTest = (name, run) => void current.children.push({ name, parent: current, run });
const addSuite = (name, define) => {
  const suite = newSuite(name, current);
  suite.parent.children.push(suite);
  current = suite;
  try {
    define();
  } finally {
    current = suite.parent;
  }
};

export const test = Object.assign(addTest, { each: bind(addTest, false), skip: () => {} });
export const describe = Object.assign(addSuite, { each: bind(addSuite, false), skip: () => {} });
const hook = (kind) => (run) => void current[kind].push(run);
export const beforeAll = hook('beforeAll');
export const afterAll = hook('afterAll');
export const beforeEach = hook('beforeEach');
export const afterEach = hook('afterEach');
export { expect };

// Fake timers replace them.
const now = performance.now.bind(performance);
const { setTimeout: later, clearTimeout: cancel } = globalThis;

/** A test that has not ended in time, and may still run. */
export class Hanging extends Error {}

const mocks = new ModuleMocker(globalThis);
const timers = new ModernFakeTimers({ config: { rootDir: process.cwd(), fakeTimers: {} }, global: globalThis });
export const jest = {
  fn: mocks.fn.bind(mocks),
  spyOn: mocks.spyOn.bind(mocks),
  restoreAllMocks: mocks.restoreAllMocks.bind(mocks),
  useFakeTimers: (options) => timers.useFakeTimers(options),
  useRealTimers: () => timers.useRealTimers(),
  advanceTimersByTimeAsync: (ms) => timers.advanceTimersByTimeAsync(ms),
  getTimerCount: () => timers.getTimerCount(),
};

/** Loads a test file. @returns its tests */
export const loadTests = async (file) => {
  const suite = newSuite('', undefined);
  current = suite;
  await import(pathToFileURL(file).href);
  return suite;
};

/** The names of a test and of the suites that it is in. */
export const fullName = ({ name, parent }) => (parent?.name ? `${fullName(parent)} › ${name}` : name);
const hooksOf = (suite, kind) => (suite ? [...hooksOf(suite.parent, kind), ...suite[kind]] : []);
const isWantedIn = (node, isWanted) => (node.run ? isWanted(node) : node.children.some((child) => isWantedIn(child, isWanted)));

/**
 * Runs the tests of a file that `isWanted`, and calls `onTest` before each and `onResult` after it.
 *
 * @param onResult returns whether to go on
 */
export const runTests = async (suite, { isWanted, onTest, onResult }) => {
  if (!isWantedIn(suite, isWanted)) return true;
  let goesOn = true;
  let hangs = false;
  try {
    for (const run of suite.beforeAll) await run();
    for (const child of suite.children) {
      if (!goesOn) break;
      if (!child.run) goesOn = await runTests(child, { isWanted, onTest, onResult });
      else if (isWanted(child)) goesOn = await runTest(child, onTest, onResult);
    }
  } catch (error) {
    hangs = error instanceof Hanging;
    throw error;
  } finally {
    for (const run of hangs ? [] : suite.afterAll) await run();
    if (!suite.parent) jest.restoreAllMocks();
  }
  return goesOn;
};

const runTest = async (test, onTest, onResult) => {
  const name = fullName(test);
  onTest(name);
  const startedAt = now();
  let error;
  try {
    for (const run of hooksOf(test.parent, 'beforeEach')) await run();
    await inTime(test.run);
  } catch (thrown) {
    if (thrown instanceof Hanging) throw thrown;
    error = thrown ?? new Error('nothing');
  }
  try {
    for (const run of hooksOf(test.parent, 'afterEach').reverse()) await run();
  } catch (thrown) {
    error ??= thrown;
  }
  return onResult({ name, error, timeSpentMs: now() - startedAt });
};

const inTime = async (run) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = later(() => reject(new Hanging('The test has not ended in time.')), config.testTimeout);
  });
  try {
    await Promise.race([run(), late]);
  } finally {
    cancel(timer);
  }
};
