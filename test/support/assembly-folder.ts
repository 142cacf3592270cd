/** Where the app was synthesized before the suites began. */
export const assemblyFolder = (): string => {
  const folder = process.env.TEST_ASSEMBLY;
  if (!folder) throw new Error('Jest has not run its global setup');
  return folder;
};
