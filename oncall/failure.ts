import { networkProblem } from './network.ts';

/** Exit statuses: 0 done, 1 something is not as it should be, 2 could not run. */
export const EXIT = { done: 0, notAsItShouldBe: 1, couldNotRun: 2 } as const;

/** A reason why a command could not run, in words for the person who typed it: what is wrong, and what to do next. */
export class CannotRunError extends Error {
  override readonly name = 'CannotRunError';
}

/** Whether a call failed before AWS was asked anything: no credentials, no region, nobody there. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'CredentialsProviderError' ||
    /Region is missing/.test(error.message) ||
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/.test(String((error as NodeJS.ErrnoException).code)));

/** What to say to a person about an error that a call to AWS ended with. */
export const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  // Not by its class: every part of the bundle has its own.
  if (error.name === 'CannotRunError') return error.message;
  if (error.name === 'CredentialsProviderError') {
    return `No AWS credentials were found: ${error.message.replace(/\.?$/, '.')} Sign in (aws sso login, or AWS_PROFILE=…) and try again.`;
  }
  if (error.name === 'ExpiredTokenException' || error.name === 'ExpiredToken') {
    return 'The AWS credentials have expired. Sign in again and repeat the command.';
  }
  if (/AccessDenied/.test(error.name)) return `AWS does not permit this: ${error.message}`;
  if (/Region is missing/.test(error.message)) return 'No AWS region is set. Set AWS_REGION, or give --region.';
  if (error.name === 'TimeoutError')
    return 'AWS does not answer in time. Is the network there? Else see https://health.aws.amazon.com/health/status';
  const problem = networkProblem(error);
  if (problem) return `${hostIn(error)} can't be reached: ${problem.what}. ${problem.remedy}`;
  if ('$fault' in error) {
    return `AWS answers ${error.name}: ${error.message}. Try again; if it stays, see https://health.aws.amazon.com/health/status`;
  }
  return error.message || error.name;
};

// Node.js says which address, or which name, it could not use.
const hostIn = (error: Error): string => {
  const { address, port, hostname } = error as { address?: string; port?: number; hostname?: string };
  return hostname ?? (address ? `${address}:${port}` : 'AWS');
};
