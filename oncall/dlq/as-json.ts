import type { Diagnosis } from '../../functions/core/diagnosis.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import type { State } from '../../functions/core/state.ts';
import { maskEmailsIn } from '../../functions/words/mask.ts';
import { maskAttribute } from '../../functions/words/personal.ts';

const masked = (attributes: State['attributes']): State['attributes'] =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => {
      if (typeof value === 'number') return [name, value];
      return [name, maskAttribute(name, value)];
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
