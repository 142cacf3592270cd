/**
 * For Jest: what a file imports, as far as its tests should run for a change. Stryker runs every test file that imports the changed
 * file: those of the command line would run for each change of the functions too.
 */
export const extract = (code, file, defaultExtract) => {
  const found = defaultExtract(code, file);
  if (!/[\\/](oncall|support)[\\/]/.test(file)) return found;
  return new Set([...found].filter((name) => !name.includes('functions/')));
};

export const getCacheKey = () => 'the functions have tests of their own';
