import { ALL_OTHER_TYPES, isKnownType, NOTIFICATION_TYPES } from './notification.ts';

/** Why a signature matches no token that may sign the delivery. */
export const CAUSES = [
  'other_type',
  'classic_token',
  'kraken_token',
  'former_token',
  'sha1',
  'sha256',
  'no_prefix',
  'upper_case',
  'changed_body',
  'client_secret',
  'unknown',
  'not_examined',
] as const;

export type Cause = (typeof CAUSES)[number];

const NONE = 'none';
const OTHER = 'other';

/** The values of `entry` and `type`. They are few, because each combination is a metric of its own. */
export const ENTRIES = [ALL_OTHER_TYPES, ...NOTIFICATION_TYPES, OTHER, NONE] as const;

export interface Refusal {
  readonly cause: Cause;
  /** The entry of the secret that the cause is about: the one that has signed; for `former_token`, the one that lacks the token. */
  readonly entry: (typeof ENTRIES)[number];
  /** The type of the body; for `unknown`, the one that it claims. */
  readonly type: (typeof ENTRIES)[number];
}

/** @param entry the name in the secret. Another than Fractal's is not repeated: it could be a token in the wrong place. */
export const refusal = (cause: Cause, entry?: string, type?: string): Refusal => ({
  cause,
  entry: nameOf(entry),
  type: nameOf(type),
});

const nameOf = (name: string | undefined): Refusal['entry'] => {
  if (name === undefined) return NONE;
  return name === ALL_OTHER_TYPES || isKnownType(name) ? name : OTHER;
};
