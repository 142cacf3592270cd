import { randomUUID } from 'node:crypto';
import { formatInstant } from '../functions/core/instant.ts';
import { isKnownType, type NotificationType } from '../functions/core/notification.ts';
import { CannotRunError } from './failure.ts';

/** The fields of a notification that options can set. */
export interface Overrides {
  readonly user?: string;
  readonly level?: string;
  readonly timestamp?: string;
  readonly email?: string;
  readonly human?: string;
  readonly credential?: string;
}

type Field = keyof Overrides;

const DEFAULTS: Record<Field, () => string> = {
  user: randomUUID,
  level: () => 'basic',
  timestamp: () => formatInstant(Math.floor(Date.now() / 1000) * 1000),
  email: () => `${randomUUID().slice(0, 8)}@example.com`,
  human: randomUUID,
  credential: randomUUID,
};

const VERIFICATION = { level: 'level', user_id: 'user', timestamp: 'timestamp' } as const;

// Fractal's fields per type, each with the option that sets it.
const FIELDS: Record<NotificationType, Readonly<Record<string, Field>>> = {
  verification_approved: VERIFICATION,
  verification_contacted: VERIFICATION,
  verification_rejected: VERIFICATION,
  credential_shared: { idos_human_id: 'human', credential_id: 'credential', shared_at: 'timestamp' },
  email_changed: { user_id: 'user', email: 'email' },
};

/**
 * The body that Fractal would post. Omitted fields get made-up values; an unknown type has only the fields that are set.
 *
 * @throws CannotRunError if an option does not belong to this type
 */
export const composeBody = (type: string, overrides: Overrides): string => {
  if (!isKnownType(type)) {
    const data = Object.entries(overrides).map(([option, value]) => [FIELD_OF[option as Field], value]);
    return JSON.stringify({ type, data: Object.fromEntries(data) });
  }
  const fields = FIELDS[type];
  const foreign = Object.keys(overrides).find((option) => !Object.values(fields).includes(option as Field));
  if (foreign) {
    const own = Object.values(fields).map((option) => `--${option}`);
    throw new CannotRunError(`--${foreign} does not apply to ${type}. Its options are ${own.join(', ')}.`);
  }
  const data = Object.entries(fields).map(([field, option]) => [field, overrides[option] ?? DEFAULTS[option]()]);
  return JSON.stringify({ type, data: Object.fromEntries(data) });
};

const FIELD_OF: Readonly<Record<Field, string>> = {
  user: 'user_id',
  level: 'level',
  timestamp: 'timestamp',
  email: 'email',
  human: 'idos_human_id',
  credential: 'credential_id',
};
