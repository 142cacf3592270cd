import { rename, rm, writeFile } from 'node:fs/promises';

/** Writes a file for its owner alone, all of it or nothing: whoever reads it meanwhile, or after a crash, has the old one or the new one. */
export const replaceFile = async (path: string, text: string): Promise<void> => {
  const next = `${path}.new`;
  // One that a crash left behind might be readable by others.
  await rm(next, { force: true });
  await writeFile(next, text, { mode: 0o600 });
  await rename(next, path);
};
