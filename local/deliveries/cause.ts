/** Why a call failed, in words that fit on an arrow. */
export type Cause =
  | 'throttled'
  | 'denied'
  | 'missing'
  | 'out of time'
  | 'crashes'
  | 'does not answer'
  | 'answers 5xx'
  | 'refuses'
  | 'fails';

// The first that matches.
const CAUSES: readonly (readonly [Cause, RegExp])[] = [
  ['throttled', /throttl|ProvisionedThroughput|TooManyRequests|LimitExceeded/i],
  ['denied', /AccessDenied|not authorized|UnrecognizedClient|KMS|Decrypt/i],
  ['missing', /NotFound|NonExistent|DoesNotExist|marked for deletion/i],
  ['out of time', /out of time|invocation timed out/i],
  ['crashes', /exited|killed|crash|without an answer/i],
  ['answers 5xx', /InternalServer|InternalFailure|ServiceUnavailable|answered 5\d\d/i],
  ['does not answer', /timeout|timed out|ECONN|EPIPE|socket|abort|unreachable|not answered/i],
  ['refuses', /answered \d\d\d/i],
];

/** @param problem as functions log it: the name of an error, and its message */
export const causeOf = (problem: string): Cause => CAUSES.find(([, fits]) => fits.test(problem))?.[0] ?? 'fails';
