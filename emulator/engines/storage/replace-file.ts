import { rename, rm, writeFile } from 'node:fs/promises';

/** Replaces a file atomically: readers, also after a crash, see the old or the new content. Only the owner can read it. */
export const replaceFile = async (path: string, text: string): Promise<void> => {
  const next = `${path}.new`;
  // A file left by a crash might be readable by others.
  await rm(next, { force: true });
  await writeFile(next, text, { mode: 0o600 });
  await rename(next, path);
};
