import { availableParallelism, totalmem } from 'node:os';

/** @type {import('jest').Config} */
export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // `npm run test:all` runs these too: they start many local stacks, wait for real retries, or need more than a plain installation.
  testPathIgnorePatterns: ['\\.slow\\.test\\.ts$'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', explicitResourceManagement: true },
          target: 'es2024',
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  // `npm test -- --coverage`
  collectCoverageFrom: ['functions/**/*.ts'],
  coverageProvider: 'v8',
  coverageDirectory: '.local/coverage',
  globalSetup: './test/support/set-up.ts',
  globalTeardown: './test/support/check-logs.ts',
  // Far more than any test needs: it must pass on a busy machine.
  testTimeout: 300_000,
  // Tests wait for most of their time, for a retry, a process or an alarm. A worker takes most of a gigabyte; with more than
  // six on two cores, the run is not faster.
  maxWorkers: Math.max(availableParallelism(), Math.min(6, Math.floor(totalmem() / 1e9))),
};
