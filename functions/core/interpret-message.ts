import { decodeEnvelope, type Envelope } from './envelope.ts';
import { KRAKEN } from './kraken.ts';
import { parseBody } from './listed.ts';
import { ALL_OTHER_TYPES, stateOf } from './notification.ts';
import type { State } from './state.ts';

/** What a message is: a delivery that asks for a state, or why it can't be applied. */
export type Interpretation =
  | { readonly kind: 'understood'; readonly envelope: Envelope; readonly type: string; readonly state: State }
  | {
      readonly kind: 'not_understood';
      /** `undefined` if the message is none. */
      readonly envelope: Envelope | undefined;
      /** The type that the body claims. */
      readonly type: string | undefined;
      readonly problem: string;
    };

/** Interprets a message body. `now` is epoch milliseconds. Parked messages are treated like any other. */
export const interpretMessage = (body: string, now: number): Interpretation => {
  const envelope = decodeEnvelope(body);
  if (!envelope) return { kind: 'not_understood', envelope, type: undefined, problem: 'not_an_envelope' };
  const parsed = parseBody(envelope, now);
  const { type } = parsed;
  if (parsed.kind === 'not_understood') return { kind: 'not_understood', envelope, type, problem: parsed.reason };
  if (!isSignedFor(envelope, parsed.type)) {
    return { kind: 'not_understood', envelope, type, problem: 'signed_for_another_type' };
  }
  if (envelope.decision && type !== KRAKEN && envelope.source !== 'reconciled')
    return { kind: 'not_understood', envelope, type, problem: 'decision_on_another_type' };
  return { kind: 'understood', envelope, type: parsed.type, state: stateOf(parsed.notification, envelope) };
};

// A parked body was accepted under any token because its type was unknown. Now that the type is known, its own token must match:
// Kraken's, or one of the classic webhooks.
const isSignedFor = ({ parked }: Envelope, type: string): boolean =>
  parked === undefined || parked.signedFor.includes(type) || (type !== KRAKEN && parked.signedFor.includes(ALL_OTHER_TYPES));
