type Fields = Readonly<Record<string, unknown>>;

/** Which invocation a line is about. Lambda's own JSON lines have its request id under this name too. */
export interface Invocation {
  readonly requestId: string;
}

interface Log {
  (level: 'INFO', message: string, fields: Fields): void;
  (level: 'WARN' | 'ERROR', message: string, fields: Invocation & Fields): void;
}

/**
 * One JSON line, in the form that Lambda's JSON logging filters by (`timestamp` and `level`). Logs are the dearest part of
 * an event, so a line says what happened and to which id, and nothing from the body; only one that somebody may have to look
 * into names the invocation.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
export const log: Log = (level, message, fields): void => {
  process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, message, ...fields })}\n`);
};

/** An error whose message was written in this project and holds nothing that came from outside: it may be logged. */
export class Problem extends Error {
  override readonly name = 'Problem';
}

/**
 * An error for the log. What AWS answers names the action and the resource and is kept, as is a `Problem`. Other errors may
 * quote their input (`JSON.parse` does), so of those only name and code are said.
 */
export const describeError = (error: unknown): string => {
  if (error instanceof Problem) return error.message;
  if (!(error instanceof Error)) return 'unknown';
  if ('$fault' in error) return `${error.name}: ${error.message}`;
  return 'code' in error ? `${error.name} ${error.code}` : error.name;
};
