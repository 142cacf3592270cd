/** Whether what proves something by its number is tested in full, as `npm run test:all` does, or by a sample of it. */
export const inFull = process.env.TEST_IN_FULL === 'true';
