import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface LogFile {
  write(line: string): void;
  /** Resolves when all lines are in the file. */
  close(): Promise<void>;
}

/**
 * Appends to a file, which is created if it is missing.
 *
 * @param onFailure called once, when the file can no longer be written; later lines are dropped
 */
export const openLogFile = async (path: string, onFailure: (reason: string) => void): Promise<LogFile> => {
  // If this fails, opening the file fails too, and reports it.
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
