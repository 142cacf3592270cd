const folder = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error('Jest has not run its global setup');
  return value;
};

/** Where the app was synthesized, once, before the suites began. */
export const assemblyFolder = (): string => folder('TEST_ASSEMBLY');

/** Where everything is that the functions of any local stack have logged in this run. */
export const logFolder = (): string => folder('TEST_LOGS');
