import fs from 'node:fs';

type Fields = Readonly<Record<string, unknown>>;

/** The invocation that a line belongs to. Lambda's own JSON lines use the same field name. */
export interface Invocation {
  readonly requestId: string;
}

interface Log {
  (level: 'INFO', message: string, fields: Fields): void;
  (level: 'WARN' | 'ERROR', message: string, fields: Invocation & Fields): void;
}

/**
 * Writes one JSON line with the fields by which Lambda filters JSON logs (`timestamp` and `level`). Logs are the most expensive
 * part of an event, so a line has what happened and the ids, and nothing from the body; only warnings and errors name the
 * invocation.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
export const log: Log = (level, message, fields): void => {
  write(Buffer.from(`${JSON.stringify({ timestamp: new Date().toISOString(), level, message, ...fields })}\n`));
};

const STANDARD_OUTPUT = 1;
const NEVER = new Int32Array(new SharedArrayBuffer(4));

/**
 * Returns when the line is written. `process.stdout` would queue it while the pipe is full, and Lambda can end the process before
 * it is written: alarms count lines. That stream also takes a millisecond or two of a cold start.
 * https://github.com/aws-powertools/powertools-lambda-typescript/issues/4774
 */
const write = (line: Buffer): void => {
  for (let written = 0; written < line.length; ) {
    try {
      written += fs.writeSync(STANDARD_OUTPUT, line, written);
    } catch (error) {
      // The pipe is full, and a library has made it non-blocking.
      if (Object(error).code !== 'EAGAIN') throw error;
      Atomics.wait(NEVER, 0, 0, 1);
    }
  }
};

/** An error whose message comes from this project and contains no external input, so it may be logged. */
export class Problem extends Error {
  // Lambda's own log names the class, which bundling shortens.
  static override readonly name: string = 'Problem';
  override readonly name: string = 'Problem';
}

/**
 * Describes an error for the log. Messages of AWS errors (they name action and resource) and of `Problem` are kept. Other errors
 * may quote their input, as `JSON.parse` does, so only their name and code are returned.
 */
export const describeError = (error: unknown): string => {
  if (error instanceof Problem) return error.message;
  if (!(error instanceof Error)) return 'unknown';
  if ('$fault' in error) return `${error.name}: ${error.message}`;
  return 'code' in error ? `${error.name} ${error.code}` : error.name;
};
