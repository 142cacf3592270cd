import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;

/**
 * Holds a file for this process alone, with the lock that SQLite takes on a database. It ends with the process, however that ends,
 * and so there is no lock that a crash leaves behind; the empty file stays.
 *
 * @returns undefined if another process holds it
 * @throws Error if it can't be held, for another reason
 */
export const holdFile = (path: string): Disposable | undefined => {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    // Without a file beside it.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database?.close();
    const { errcode, message } = error as Error & { readonly errcode?: number };
    if (errcode === SQLITE_BUSY) return undefined;
    throw new Error(`${path}: ${message}`);
  }
};
