import { parseJson } from './json.ts';
import { textOf } from './parse-notification.ts';

/** The subject that a body claims, even if it is not understood: the user or human, and the level or credential if any. */
export interface Claim {
  readonly who: string | undefined;
  readonly what: string | undefined;
}

/** Reads the claim of a body that is JSON and roughly resembles a notification. */
export const claimOf = (bytes: Uint8Array): Claim => {
  const { user_id, idos_human_id, id, level, credential_id } = dataIn(bytes);
  return { who: wordOf(user_id) ?? wordOf(idos_human_id) ?? wordOf(id), what: wordOf(level) ?? wordOf(credential_id) };
};

const dataIn = (bytes: Uint8Array): Record<string, unknown> => {
  const body = Object(parseJson(textOf(bytes) ?? ''));
  return { ...body, ...Object(body.data) };
};

const wordOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
