import { chmod, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { holdFile } from './lock.ts';

const LOCK = 'lock';
const OURS = [LOCK, 'sqs', 'dynalite', 'amazon', 'changes', 'secrets.json', 'secrets.json.new'];

/**
 * Opens and locks the folder in which a stack keeps its data. Only the owner can read it, because it contains tokens and
 * messages.
 *
 * @throws Error with a remedy if the folder cannot be used
 */
export const openDataFolder = async (path: string): Promise<Disposable> => {
  try {
    await mkdir(path, { recursive: true });
    const foreign = (await readdir(path)).find((name) => !OURS.includes(name) && !name.startsWith('.'));
    if (foreign) throw new Error(`it contains ${foreign}, which does not belong to a local stack`);
    await chmod(path, 0o700);
    const held = holdFile(join(path, LOCK));
    if (!held) throw new Error('another local stack is using it; stop that stack first');
    await makePrivate(path);
    return held;
  } catch (error) {
    throw new Error(`The folder ${path} cannot be used: ${(error as Error).message}. Choose another folder with --data DIR.`);
  }
};

/** Removes all permissions of the group and of others. */
const makePrivate = async (folder: string): Promise<void> => {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const { mode } = await lstat(path);
    if (entry.isFile() || entry.isDirectory()) await chmod(path, mode & 0o700);
  }
};
