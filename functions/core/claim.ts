import { decodeEnvelope } from './envelope.ts';
import { textOf } from './parse-notification.ts';

/** Whom and what a body says that it is about, be it understood or not: the user or human, and the level, credential or nothing. */
export interface Claim {
  readonly who: string | undefined;
  readonly what: string | undefined;
}

/** What the body of a message says of itself, where it is JSON of about the shape of Fractal's. */
export const claimOf = (message: string): Claim => {
  const { user_id, idos_human_id, level, credential_id } = dataIn(message);
  return { who: wordOf(user_id) ?? wordOf(idos_human_id), what: wordOf(level) ?? wordOf(credential_id) };
};

const dataIn = (message: string): Record<string, unknown> => {
  const bytes = decodeEnvelope(message)?.bytes ?? Buffer.from(message);
  try {
    const body = Object(JSON.parse(textOf(bytes) ?? ''));
    return { ...body, ...Object(body.data) };
  } catch {
    return {};
  }
};

const wordOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
