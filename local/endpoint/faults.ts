import * as v from 'valibot';

/** What can go wrong with a call to a service: the call … */
const CALL_FAULTS = {
  error: 'is answered 500',
  unavailable: 'is answered 503',
  throttle: 'is refused because there are too many',
  denied: 'is refused because it is not permitted',
  gone: 'is refused because the queue, the table or the secret does not exist',
  hang: 'gets no answer',
  drop: 'is carried out, and then the connection breaks',
  stall: 'is carried out, and the answer begins and never ends',
  slow: 'takes "delay" milliseconds longer',
} as const;

/** What else can go wrong with a call about a secret. */
const SECRET_FAULTS = {
  deleted: 'is refused because the secret is marked for deletion, from which it can be restored for days',
} as const;

/** What else can go wrong with a call about events. */
const EVENT_FAULTS = {
  entries: 'is carried out for some of its entries: each of the others is refused by itself',
} as const;

/** What can go wrong with an invocation of a function: the invocation … */
const FUNCTION_FAULTS = {
  error: 'fails before the function begins',
  throttle: 'is refused because there are too many',
  hang: 'lasts until the time limit of the function, and fails',
  crash: 'fails, because its process is killed "delay" milliseconds after it was given the event',
  slow: 'begins "delay" milliseconds later',
} as const;

/** What may suffer, and how. */
export const FAULTS = {
  sqs: CALL_FAULTS,
  dynamodb: CALL_FAULTS,
  secretsmanager: { ...CALL_FAULTS, ...SECRET_FAULTS },
  events: { ...CALL_FAULTS, ...EVENT_FAULTS },
  lambda: FUNCTION_FAULTS,
} as const;

const KINDS = [...new Set(Object.values(FAULTS).flatMap(namesOf))];

const FaultSchema = v.pipe(
  v.strictObject({
    service: v.picklist(namesOf(FAULTS)),
    /** Only this action, such as `UpdateItem`; without it, all of the service. */
    action: v.optional(v.string()),
    /** Of `lambda`: only this function. */
    function: v.optional(v.picklist(['ingest', 'apply', 'publish'])),
    fault: v.picklist(KINDS),
    /** The part of the calls, or of the entries, that it hits, 0 to 1. */
    rate: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1),
    /** Milliseconds; for `slow` 1000 and for `crash` 0, if not given. */
    delay: v.optional(v.pipe(v.number(), v.minValue(0))),
    /** After how many milliseconds it is over; without it, when it is taken away. */
    lasting: v.optional(v.pipe(v.number(), v.minValue(0))),
  }),
  v.check(
    ({ service, fault }) => fault in FAULTS[service],
    ({ input: { service, fault } }) => `${service} has no fault "${fault}", but ${namesOf(FAULTS[service]).join(', ')}`,
  ),
  v.check(
    ({ service, action, function: name }) => (service === 'lambda' ? action : name) === undefined,
    'Of lambda a "function" can be chosen, of the other services an "action"',
  ),
);

export type Fault = v.InferOutput<typeof FaultSchema>;

/** The faults of one moment, as JSON: each call suffers the first that hits it. */
export const FaultsSchema = v.array(FaultSchema);

function namesOf<T extends object>(table: T): (T extends T ? keyof T & string : never)[] {
  return Object.keys(table) as (T extends T ? keyof T & string : never)[];
}
