import type { Target } from './target.ts';

/**
 * Why AWS did not do what a command asked:
 * - `caller`: the credentials, the clock or the account of the caller; every other call fails too
 * - `broken`: a resource is deleted, or its key can't be used; waiting does not mend it, or makes it worse
 * - `denied`: a permission is missing
 * - `passing`: an outage or a rate limit; a retry may succeed
 * - `rejected`: anything else
 */
export interface AwsProblem {
  readonly kind: 'caller' | 'broken' | 'denied' | 'passing' | 'rejected';
  /** Begins in lower case, and has no full stop at the end. */
  readonly what: string;
  readonly remedy: string;
}

/** What a remedy names of the stack. */
export type Hints = Pick<Target, 'secretId' | 'tableName' | 'options' | 'awsOptions' | 'recreate'>;

export interface AwsError {
  readonly code: string;
  readonly message: string;
  readonly status: number;
}
