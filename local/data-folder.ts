import { chmod, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { holdFile } from './lock.ts';

const LOCK = 'lock';
const OURS = [LOCK, 'sqs', 'dynalite', 'amazon', 'changes', 'secrets.json', 'secrets.json.new'];

/**
 * Opens the folder that a stack keeps its data in, for this stack alone and for nobody else to read: tokens and messages are in it.
 *
 * @throws Error that says what to do, if that is not possible
 */
export const openDataFolder = async (path: string): Promise<Disposable> => {
  try {
    await mkdir(path, { recursive: true });
    const foreign = (await readdir(path)).find((name) => !OURS.includes(name) && !name.startsWith('.'));
    if (foreign) throw new Error(`it holds ${foreign}, which is no data of a local stack`);
    await chmod(path, 0o700);
    const held = holdFile(join(path, LOCK));
    if (!held) throw new Error('another local stack uses it; stop that one');
    await makePrivate(path);
    return held;
  } catch (error) {
    throw new Error(`The folder ${path} can not be used: ${(error as Error).message}. Choose another with --data DIR.`);
  }
};

/** Takes from everybody else what they may do with the files of the folder. */
const makePrivate = async (folder: string): Promise<void> => {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const { mode } = await lstat(path);
    if (entry.isFile() || entry.isDirectory()) await chmod(path, mode & 0o700);
  }
};
