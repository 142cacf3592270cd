import { decodeEnvelope, type Envelope } from './envelope.ts';
import { ALL_OTHER_TYPES } from './notification.ts';
import { parseNotification } from './parse-notification.ts';
import { type State, stateOf } from './state.ts';

/** The state that a message asks for; or why it can't be applied, with the delivery id if known. */
export type Interpretation =
  | { readonly kind: 'understood'; readonly id: string; readonly receivedAt: number; readonly state: State }
  | { readonly kind: 'not_understood'; readonly id?: string; readonly problem: string };

/** Interprets a message body. `now` is epoch milliseconds. Parked messages are treated like any other. */
export const interpretMessage = (body: string, now: number): Interpretation => {
  const envelope = decodeEnvelope(body);
  if (!envelope) return { kind: 'not_understood', problem: 'not_an_envelope' };
  const { id, receivedAt } = envelope;
  const parsed = parseNotification(envelope.bytes, now);
  if (parsed.kind === 'not_understood') return { kind: 'not_understood', id, problem: parsed.reason };
  if (!isSignedFor(envelope, parsed.type)) return { kind: 'not_understood', id, problem: 'signed_for_another_type' };
  return { kind: 'understood', id, receivedAt, state: stateOf(parsed.notification, receivedAt) };
};

// A parked body was accepted under any token because its type was unknown. Now that the type is known, its own token must match.
const isSignedFor = ({ parked }: Envelope, type: string): boolean =>
  parked === undefined || parked.signedFor.includes(type) || parked.signedFor.includes(ALL_OTHER_TYPES);
