import { registerHooks } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, determineHitLimitReached, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner';
import { relatedTests } from './related.js';

const TESTS = new URL('tests.js', import.meta.url).href;

const testsOf = (files) => relatedTests(process.cwd(), files).map((file) => relative(process.cwd(), file));

/**
 * Runs tests in this process, on modules that are loaded once for all mutants: Jest loads all of them, the AWS SDK too, for each
 * mutant, which takes a second or more. After a test that hangs, there is a new process.
 */
class InProcessRunner {
  #suites = new Map();
  #stryker;
  #hangs = false;

  capabilities() {
    return { reloadEnvironment: false };
  }

  async init() {
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === '@jest/globals' ? { url: TESTS, shortCircuit: true } : next(specifier, context),
    });
    globalThis.__stryker__ ??= {};
    this.#stryker = globalThis.__stryker__;
    this.tests = await import(TESTS);
    // The commands that the command line suggests begin as they do in the project.
    process.argv[1] = join(process.cwd(), 'oncall/fractal-webhooks.cjs');
    // A mutant can break code whose promise nobody awaits.
    process.on('unhandledRejection', () => {});
  }

  async dryRun({ files }) {
    const coverage = { static: {}, perTest: {} };
    this.#stryker.mutantCoverage = coverage;
    const tests = testsOf(files);
    await this.#load(files, []);
    // What runs between tests, or while they are loaded, belongs to none of them.
    const { static: whileLoaded } = coverage;
    coverage.static = {};
    await this.#load([], tests);
    const result = await this.#run(tests, undefined, false);
    return { ...result, mutantCoverage: { ...coverage, static: whileLoaded } };
  }

  async mutantRun({ activeMutant, sandboxFileName, testFilter, hitLimit, disableBail }) {
    // Stryker then starts a new process, and tries again.
    if (this.#hangs) throw new Error('A test of an earlier mutant may still run in this process.');
    const files = testFilter ? [...new Set(testFilter.map((id) => id.slice(0, id.indexOf(': '))))] : testsOf([sandboxFileName]);
    await this.#load([sandboxFileName], files);
    Object.assign(this.#stryker, { activeMutant: activeMutant.id, hitLimit, hitCount: hitLimit ? 0 : undefined });
    try {
      return toMutantRunResult(await this.#run(files, testFilter && new Set(testFilter), !disableBail), disableBail);
    } finally {
      this.#stryker.activeMutant = undefined;
    }
  }

  /** Loads the code first, which commands import when they run: what is executed then is static, whichever test is the first. */
  async #load(code, tests) {
    for (const file of code) await import(pathToFileURL(file).href);
    for (const file of tests) {
      if (!this.#suites.has(file)) this.#suites.set(file, await this.tests.loadTests(file));
    }
  }

  async #run(files, wanted, bails) {
    const results = [];
    for (const file of files) {
      const idOf = (name) => `${file}: ${name}`;
      try {
        const goesOn = await this.tests.runTests(this.#suites.get(file), {
          isWanted: (test) => !wanted || wanted.has(idOf(this.tests.fullName(test))),
          onTest: (name) => {
            this.#stryker.currentTestId = idOf(name);
          },
          onResult: ({ name, error, timeSpentMs }) => {
            this.#stryker.currentTestId = undefined;
            const common = { id: idOf(name), name: idOf(name), fileName: join(process.cwd(), file), timeSpentMs };
            if (error) results.push({ ...common, status: TestStatus.Failed, failureMessage: String(error.stack ?? error) });
            else results.push({ ...common, status: TestStatus.Success });
            return !(error && bails);
          },
        });
        if (!goesOn) break;
      } catch (error) {
        if (error instanceof this.tests.Hanging) {
          this.#hangs = true;
          return { status: DryRunStatus.Timeout, reason: error.message };
        }
        return { status: DryRunStatus.Error, errorMessage: `${file}: ${error.stack}` };
      }
      const reached = determineHitLimitReached(this.#stryker.hitCount, this.#stryker.hitLimit);
      if (reached) return reached;
    }
    return { status: DryRunStatus.Complete, tests: results };
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)];
