import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;

/**
 * Locks a file for this process with SQLite's database lock. The operating system releases it when the process ends, even after a
 * crash; the empty file stays.
 *
 * @returns `undefined` if another process holds the lock
 * @throws Error if the file cannot be locked for another reason
 */
export const holdFile = (path: string): Disposable | undefined => {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    // Avoids a separate journal file.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database?.close();
    const { errcode, message } = error as Error & { readonly errcode?: number };
    if (errcode === SQLITE_BUSY) return undefined;
    throw new Error(`${path}: ${message}`);
  }
};
