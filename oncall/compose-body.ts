import { randomUUID } from 'node:crypto';
import { formatInstant } from '../functions/core/instant.ts';
import { KRAKEN } from '../functions/core/kraken.ts';
import { isKnownType, kindOf } from '../functions/core/notification.ts';
import { CannotRunError } from './failure.ts';

/** The fields of a notification that options can set. */
export interface Overrides {
  readonly user?: string;
  readonly level?: string;
  readonly timestamp?: string;
  readonly email?: string;
  readonly human?: string;
  readonly credential?: string;
  readonly status?: string;
  readonly note?: string;
}

type Field = keyof Overrides;

/** `undefined`: the field is left out. */
const DEFAULTS: Record<Field, () => string | undefined> = {
  user: randomUUID,
  level: () => 'basic',
  timestamp: () => formatInstant(Math.floor(Date.now() / 1000) * 1000),
  email: () => `${randomUUID().slice(0, 8)}@example.com`,
  human: randomUUID,
  credential: randomUUID,
  status: () => 'approved',
  note: () => undefined,
};

/** The option that sets a field of `data`. */
const OPTIONS: Readonly<Record<string, Field>> = {
  user_id: 'user',
  level: 'level',
  timestamp: 'timestamp',
  shared_at: 'timestamp',
  email: 'email',
  idos_human_id: 'human',
  credential_id: 'credential',
  id: 'user',
  status: 'status',
  note: 'note',
};

const optionFor = (field: string): Field => OPTIONS[field] as Field;

/**
 * The body that Fractal would post. Omitted fields get made-up values; an unknown type has only the fields that are set.
 *
 * @throws CannotRunError if an option does not belong to this type
 */
export const composeBody = (type: string, overrides: Overrides): string => {
  if (!isKnownType(type)) {
    const fieldFor = (option: string) => Object.keys(OPTIONS).find((field) => OPTIONS[field] === option);
    const data = Object.entries(overrides).map(([option, value]) => [fieldFor(option), value]);
    return JSON.stringify({ type, data: Object.fromEntries(data) });
  }
  const { fields } = kindOf(type);
  const own = fields.map((field) => `--${optionFor(field)}`);
  const foreign = Object.keys(overrides).find((option) => !own.includes(`--${option}`));
  if (foreign) {
    throw new CannotRunError(`--${foreign} does not apply to ${type}. Its options are ${own.join(', ')}.`);
  }
  const values = fields.map((field) => [field, overrides[optionFor(field)] ?? DEFAULTS[optionFor(field)]()]);
  const data = Object.fromEntries(values);
  return JSON.stringify(type === KRAKEN ? data : { type, data });
};
