import { decodeEnvelope, type Envelope } from './envelope.ts';
import { ALL_OTHER_TYPES } from './notification.ts';
import { parseNotification } from './parse-notification.ts';
import { type State, stateOf } from './state.ts';

/** What a message of the queue wants to be true; or why it can't be applied, and whose delivery it is if that can be told. */
export type Interpretation =
  | { readonly kind: 'understood'; readonly id: string; readonly receivedAt: number; readonly state: State }
  | { readonly kind: 'not_understood'; readonly id?: string; readonly problem: string };

/** Understands the body of a message, as of `now` (epoch milliseconds). What was parked is understood like any other. */
export const interpretMessage = (body: string, now: number): Interpretation => {
  const envelope = decodeEnvelope(body);
  if (!envelope) return { kind: 'not_understood', problem: 'not_an_envelope' };
  const { id, receivedAt } = envelope;
  const parsed = parseNotification(envelope.bytes, now);
  if (parsed.kind === 'not_understood') return { kind: 'not_understood', id, problem: parsed.reason };
  if (!mayState(envelope, parsed.type)) return { kind: 'not_understood', id, problem: 'signed_for_another_type' };
  return { kind: 'understood', id, receivedAt, state: stateOf(parsed.notification, receivedAt) };
};

// A parked body was authentic under any token, since no one knew its type. Now that it is known, it needs its own.
const mayState = ({ parked }: Envelope, type: string): boolean =>
  parked === undefined || parked.signedFor.includes(type) || parked.signedFor.includes(ALL_OTHER_TYPES);
