import type { Hints } from './aws-error.ts';
import { awsProblem } from './aws-problem.ts';
import { networkProblem } from './network.ts';

/** Exit statuses: 0 success, 1 a problem was found, 2 the command could not run. */
export const EXIT = { done: 0, problem: 1, couldNotRun: 2 } as const;

/** Why a command could not run. The message is for the user: what is wrong, and what to do next. */
export class CannotRunError extends Error {
  override readonly name = 'CannotRunError';
}

/** Whether every other call would fail too: no connection, or wrong credentials, region, clock or account. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'CredentialsProviderError' ||
    /Region is missing/.test(error.message) ||
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/.test(String((error as NodeJS.ErrnoException).code)) ||
    awsProblem(error)?.kind === 'caller');

export const isDenied = (error: unknown): boolean => error instanceof Error && /AccessDenied/.test(error.name);

/** The error of an AWS call, in words for the user. @param hints the stack, if it is known, for the commands to run */
export const explainError = (error: unknown, hints?: Hints): string => {
  if (!(error instanceof Error)) return String(error);
  // What failed first. The other error is of the cleaning up that it caused.
  if (error.name === 'SuppressedError' && 'suppressed' in error) return explainError(error.suppressed, hints);
  // By name, because every part of the bundle has its own copy of the class.
  if (error.name === 'CannotRunError') return error.message;
  if (error.name === 'CredentialsProviderError') {
    return `No AWS credentials were found: ${error.message.replace(/\.?$/, '.')} Sign in (aws sso login, or AWS_PROFILE=…), then retry.`;
  }
  if (/Region is missing/.test(error.message)) return 'No AWS region is set. Set AWS_REGION, or add --region.';
  if (error.name === 'TimeoutError')
    return 'AWS did not respond in time. Check your network, then https://health.aws.amazon.com/health/status';
  const network = networkProblem(error);
  if (network) return `${hostIn(error)} can't be reached: ${network.what}. ${network.remedy}`;
  const problem = awsProblem(error, hints);
  // Stryker disable next-line Regex: the first character of the text, on one line, is the first match too.
  if (problem) return `${problem.what.replace(/^./, (first) => first.toUpperCase())}. ${problem.remedy}`;
  return error.message || error.name;
};

// Node.js adds the address, or the host name, to the error.
const hostIn = (error: Error): string => {
  const { address, port, hostname } = error as { address?: string; port?: number; hostname?: string };
  return hostname ?? (address ? `${address}:${port}` : 'AWS');
};
