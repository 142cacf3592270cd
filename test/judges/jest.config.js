import tests from '../../jest.config.js';

/** @type {import('jest').Config} */
export default { ...tests, rootDir: '../..', testMatch: ['**/*.judge.ts'], maxWorkers: 4 };
