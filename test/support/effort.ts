/** Whether thousands of cases are tried, as `npm run test:all` does, or a sample of them. */
export const inFull = process.env.TEST_IN_FULL === 'true';
