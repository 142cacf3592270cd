import { decodeEnvelope, type Envelope } from './envelope.ts';
import { ALL_OTHER_TYPES } from './notification.ts';
import { read } from './reading.ts';
import { type State, stateOf } from './state.ts';

/** What a message of the queue wants to be true; or why it can't be applied, and whose delivery it is if that can be told. */
export type Understanding =
  | { readonly kind: 'understood'; readonly id: string; readonly receivedAt: number; readonly state: State }
  | { readonly kind: 'not_understood'; readonly id?: string; readonly problem: string };

/** Understands the body of a message, as of `now` (epoch milliseconds). What was parked is understood like any other. */
export const understand = (body: string, now: number): Understanding => {
  const envelope = decodeEnvelope(body);
  if (!envelope) return { kind: 'not_understood', problem: 'not_an_envelope' };
  const { id, receivedAt } = envelope;
  const reading = read(envelope.bytes, now);
  if (reading.kind === 'not_understood') return { kind: 'not_understood', id, problem: reading.reason };
  if (!mayState(envelope, reading.type)) return { kind: 'not_understood', id, problem: 'signed_for_another_type' };
  return { kind: 'understood', id, receivedAt, state: stateOf(reading.notification, receivedAt) };
};

// A parked body was authentic under any token, since no one knew its type. Now that it is known, it needs its own.
const mayState = ({ parked }: Envelope, type: string): boolean =>
  parked === undefined || parked.signedFor.includes(type) || parked.signedFor.includes(ALL_OTHER_TYPES);
