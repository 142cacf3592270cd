import { networkProblem } from './network.ts';

/** Exit statuses: 0 success, 1 a problem was found, 2 the command could not run. */
export const EXIT = { done: 0, problem: 1, couldNotRun: 2 } as const;

/** Why a command could not run. The message is for the user: what is wrong, and what to do next. */
export class CannotRunError extends Error {
  override readonly name = 'CannotRunError';
}

/** Whether a call failed before it reached AWS: no credentials, no region, no connection. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'CredentialsProviderError' ||
    /Region is missing/.test(error.message) ||
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/.test(String((error as NodeJS.ErrnoException).code)));

export const isDenied = (error: unknown): boolean => error instanceof Error && /AccessDenied/.test(error.name);

/** The error of an AWS call, in words for the user. */
export const explainError = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  // By name, because every part of the bundle has its own copy of the class.
  if (error.name === 'CannotRunError') return error.message;
  if (error.name === 'CredentialsProviderError') {
    return `No AWS credentials were found: ${error.message.replace(/\.?$/, '.')} Sign in (aws sso login, or AWS_PROFILE=…), then retry.`;
  }
  if (error.name === 'ExpiredTokenException' || error.name === 'ExpiredToken') {
    return 'The AWS credentials have expired. Sign in again, then retry.';
  }
  if (/AccessDenied/.test(error.name)) return `AWS denied access: ${error.message}`;
  if (/Region is missing/.test(error.message)) return 'No AWS region is set. Set AWS_REGION, or add --region.';
  if (error.name === 'TimeoutError')
    return 'AWS did not respond in time. Check your network, then https://health.aws.amazon.com/health/status';
  const problem = networkProblem(error);
  if (problem) return `${hostIn(error)} can't be reached: ${problem.what}. ${problem.remedy}`;
  if ('$fault' in error) {
    return `AWS returned ${error.name}: ${error.message}. Retry; if it persists, see https://health.aws.amazon.com/health/status`;
  }
  return error.message || error.name;
};

// Node.js adds the address, or the host name, to the error.
const hostIn = (error: Error): string => {
  const { address, port, hostname } = error as { address?: string; port?: number; hostname?: string };
  return hostname ?? (address ? `${address}:${port}` : 'AWS');
};
