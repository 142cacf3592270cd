import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface LogFile {
  write(line: string): void;
  /** Returns when all that was written is in the file. */
  close(): Promise<void>;
}

/**
 * Appends to a file, which is made if it is missing.
 *
 * @param onFailure told, once, that it can't be written any more; what is written after that is dropped
 */
export const openLogFile = async (path: string, onFailure: (reason: string) => void): Promise<LogFile> => {
  // If that fails, opening the file does as well.
  await mkdir(dirname(path), { recursive: true }).catch(() => {});
  let log: WriteStream | undefined = createWriteStream(path, { flags: 'a', mode: 0o600 }).on('error', ({ message }) => {
    log = undefined;
    onFailure(message);
  });
  return {
    write: (line) => void log?.write(`${line}\n`),
    close: () => new Promise((closed) => (log ? log.once('close', closed).end() : closed())),
  };
};
