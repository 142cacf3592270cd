import { claimOf } from './claim.ts';
import type { Diagnosis, Prospect } from './diagnosis.ts';
import { formatInstant } from './instant.ts';
import { maskEmail, maskEmailsIn } from './mask.ts';
import type { State } from './state.ts';
import { visible } from './visible.ts';

export const PROSPECT_WORDS: Readonly<Record<Prospect, string>> = {
  would_apply: 'would apply',
  duplicate: 'duplicate',
  stale: 'stale',
  would_fail: 'would fail',
  not_understood: 'still not understood',
  unknown: 'unknown',
};

const MINUTE = 60_000;
const UNITS = [
  ['d', 24 * 60 * MINUTE],
  ['h', 60 * MINUTE],
  ['min', MINUTE],
  ['s', 1_000],
] as const;

/** A duration in milliseconds, in its largest whole unit: `3 h`. */
export const span = (ms: number): string => {
  const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? ['s', 1_000];
  return `${Math.floor(Math.max(0, ms) / size)} ${unit}`;
};

/** The user or human and the item that a message concerns; of an invalid message, what its body claims. E-mail addresses are masked. */
export const subjectOf = ({ state, deadLetter }: Diagnosis): string => {
  if (!state) {
    const { who, what } = claimOf(deadLetter.body);
    return who === undefined ? '–' : idsOf(who, what);
  }
  const { user_id, idos_human_id, level, credential_id } = state.attributes;
  return idsOf(user_id ?? idos_human_id, level ?? credential_id ?? 'e-mail');
};

// A team can use e-mail addresses as ids.
const idsOf = (...ids: readonly (string | number | undefined)[]): string =>
  ids
    .filter((id) => id !== undefined && id !== '')
    .map((id) => maskEmailsIn(visible(String(id))))
    .join(' ');

/** The result of redriving, with the reason if it would fail for another reason than the message was parked for. */
export const prospectOf = ({ prospect, problem, cause }: Diagnosis): string =>
  problem && !cause.endsWith(problem) ? `${PROSPECT_WORDS[prospect]}: ${problem}` : PROSPECT_WORDS[prospect];

const masked = (attributes: State['attributes']): State['attributes'] =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => {
      if (typeof value === 'number') return [name, value];
      return [name, name === 'email' ? maskEmail(value) : maskEmailsIn(value)];
    }),
  );

/** The JSON output of a message. E-mail addresses are masked unless `reveal`, also in ids. */
export const asJson = (one: Diagnosis, reveal: boolean): Record<string, unknown> => {
  const { deadLetter, id, type, state, cause, prospect, problem, firstArrivedAt, expiresAt } = one;
  // Anybody can claim any type, and put a message with any reason on the queue.
  const shown = (text: string) => (reveal ? text : maskEmailsIn(text));
  const states = state && { ...(reveal ? state.attributes : masked(state.attributes)), as_of: state.asOf };
  return {
    id,
    message_id: deadLetter.messageId,
    type: type === undefined ? null : shown(type),
    cause: shown(cause),
    if_redriven: prospect,
    problem: problem ?? null,
    states: states ?? null,
    first_arrived_at: formatInstant(firstArrivedAt),
    expires_at: formatInstant(expiresAt),
  };
};
