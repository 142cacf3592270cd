import * as v from 'valibot';
import { CHECK_SOURCE, EVENT_DETAILS, EVENT_SOURCE, SNAPSHOT_SOURCE } from './event.ts';
import { CREDENTIAL, EMAIL, type Key, KRAKEN_LEVEL, LEVEL } from './facets.ts';
import { parseJson } from './json.ts';
import { KRAKEN } from './kraken.ts';

const Id = v.pipe(v.string(), v.nonEmpty());

/** What the queue to a backend has of an event. EventBridge adds further fields. */
const EventSchema = v.looseObject({
  source: v.picklist([EVENT_SOURCE, CHECK_SOURCE, SNAPSHOT_SOURCE]),
  'detail-type': v.picklist(Object.keys(EVENT_DETAILS)),
  detail: v.looseObject({
    id: Id,
    user_id: v.optional(Id),
    level: v.optional(Id),
    idos_human_id: v.optional(Id),
    credential_id: v.optional(Id),
    as_of: v.optional(v.number()),
  }),
});

/** An event on its way to a backend. */
export type ForwardedEvent = v.InferOutput<typeof EventSchema>;

/** The start of a problem that is not the backend's. */
export const NOT_ASKED = 'was not asked: ';

/** An event that a backend did not take, on the queue of those. `problem` is not known if the function did not end. */
export interface Unforwarded {
  readonly event: ForwardedEvent;
  readonly problem: string | undefined;
  readonly attempts: number | undefined;
  /** When it was put on the queue to the backend, in epoch milliseconds. */
  readonly since: number | undefined;
}

const LetterSchema = v.object({
  v: v.literal(1),
  event: EventSchema,
  problem: v.string(),
  attempts: v.number(),
  since: v.number(),
});

/** @returns `undefined` if the message is no event */
export const parseEvent = (body: string): ForwardedEvent | undefined => {
  const parsed = v.safeParse(EventSchema, parseJson(body));
  return parsed.success ? parsed.output : undefined;
};

/** A message on the queue of events that a backend did not take: of the function, or moved there by SQS. */
export const parseUnforwarded = (body: string): Unforwarded | undefined => {
  const letter = v.safeParse(LetterSchema, parseJson(body));
  if (letter.success) return letter.output;
  const event = parseEvent(body);
  return event && { event, problem: undefined, attempts: undefined, since: undefined };
};

/** The message for the queue of events that a backend did not take. */
export const encodeUnforwarded = (letter: Unforwarded): string => JSON.stringify({ v: 1, ...letter });

/** The key of the item that an event is about; `undefined` if it names none. */
export const itemKeyOf = ({ detail }: ForwardedEvent): Key | undefined => {
  const { user_id, level, idos_human_id, credential_id } = detail;
  if (user_id !== undefined) {
    if (level === undefined) return EMAIL.keyOf({ user_id });
    return (level === KRAKEN ? KRAKEN_LEVEL : LEVEL).keyOf({ user_id, level });
  }
  return idos_human_id !== undefined && credential_id !== undefined
    ? CREDENTIAL.keyOf({ idos_human_id, credential_id })
    : undefined;
};
