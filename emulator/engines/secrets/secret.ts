import { type AwsResponse, awsError } from '../../aws/request.ts';

export interface Version {
  readonly id: string;
  readonly value: string;
  /** Such as `AWSCURRENT`; none if the version is deprecated. */
  readonly stages: readonly string[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export interface Secret {
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Newest first. */
  readonly versions: readonly Version[];
  /** When a scheduled deletion takes effect, in epoch milliseconds. */
  readonly deletedFrom?: number;
}

/** A secret with its name and ARN, and the input of the call. */
export interface Asked {
  readonly arn: string;
  readonly name: string;
  readonly secret: Secret;
  // biome-ignore lint/suspicious/noExplicitAny: the input of any action; only existing fields are read.
  readonly input: Record<string, any>;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What an action answers, and the secret afterwards: `null` if it no longer exists, left out if it is unchanged. */
export interface Done {
  readonly answer: AwsResponse;
  readonly next?: Secret | null;
}

export type Action = (asked: Asked) => Done;

/** Secrets Manager's times are seconds. */
export const seconds = (epochMs: number): number => epochMs / 1_000;

export const refused = (type: string, message: string): Done => ({ answer: awsError(400, type, message) });

/** Does not perform the action on a secret that is scheduled for deletion. */
export const unlessDeleted =
  (action: Action): Action =>
  (asked) =>
    asked.secret.deletedFrom === undefined
      ? action(asked)
      : refused('InvalidRequestException', "You can't perform this operation on the secret because it was marked for deletion.");

// AWS removes deprecated versions beyond a hundred.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
const KEPT = 100;

/** The secret with a new current version; the former one becomes `AWSPREVIOUS`. */
export const withVersion = (secret: Secret | undefined, id: string, value: string, now: number): Secret => {
  const { createdAt = now, versions = [] } = secret ?? {};
  const former = versions.map((version) => ({
    ...version,
    stages: version.stages.includes('AWSCURRENT') ? ['AWSPREVIOUS'] : [],
  }));
  return { createdAt, versions: [{ id, value, stages: ['AWSCURRENT'], createdAt: now }, ...former].slice(0, KEPT) };
};
