import * as v from 'valibot';

/** Faults of a call to a service. */
const CALL_FAULTS = {
  error: 'fails with status 500',
  unavailable: 'fails with status 503',
  throttle: 'fails with a throttling error',
  denied: 'fails with AccessDenied',
  gone: 'fails because the queue, table, secret or event bus does not exist',
  hang: 'is never answered',
  drop: 'succeeds, but the connection breaks before the answer',
  stall: 'succeeds, but the answer is never complete',
  slow: 'takes "delay" milliseconds longer',
} as const;

/** Additional faults of SQS and Secrets Manager. */
const KEY_FAULTS = {
  key: 'fails because the KMS key is scheduled for deletion',
} as const;

/** Additional faults of Secrets Manager. */
const SECRET_FAULTS = {
  deleted: 'fails because the secret is scheduled for deletion; it could still be restored',
} as const;

/** Additional faults of EventBridge. */
const EVENT_FAULTS = {
  entries: 'PutEvents succeeds, but individual entries fail',
} as const;

/** Faults of an invocation of a function. */
const FUNCTION_FAULTS = {
  error: 'fails before the handler starts',
  throttle: 'fails with a throttling error',
  hang: 'times out',
  crash: 'fails because the process is killed "delay" milliseconds after it receives the event',
  slow: 'starts "delay" milliseconds later',
} as const;

/** The faults by service. */
export const FAULTS = {
  sqs: { ...CALL_FAULTS, ...KEY_FAULTS },
  dynamodb: CALL_FAULTS,
  secretsmanager: { ...CALL_FAULTS, ...KEY_FAULTS, ...SECRET_FAULTS },
  events: { ...CALL_FAULTS, ...EVENT_FAULTS },
  lambda: FUNCTION_FAULTS,
} as const;

const KINDS = [...new Set(Object.values(FAULTS).flatMap(namesOf))];

const faultSchema = (functionNames: readonly string[]) =>
  v.pipe(
    v.strictObject({
      service: v.picklist(namesOf(FAULTS)),
      /** An action, such as `UpdateItem`. Default: all actions of the service. */
      action: v.optional(v.string()),
      /** For `lambda`: a function. Default: all. */
      function: v.optional(v.picklist(functionNames)),
      fault: v.picklist(KINDS),
      /** The fraction of calls, or of entries, that are affected, from 0 to 1. */
      rate: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1),
      /** In milliseconds. Default: 1000 for `slow`, 0 for `crash`. */
      delay: v.optional(v.pipe(v.number(), v.minValue(0))),
      /** The duration in milliseconds. Default: until it is removed. */
      lasting: v.optional(v.pipe(v.number(), v.minValue(0))),
    }),
    v.check(
      ({ service, fault }) => fault in FAULTS[service],
      ({ input: { service, fault } }) => `${service} has no fault "${fault}". Available: ${namesOf(FAULTS[service]).join(', ')}`,
    ),
    v.check(
      ({ service, action, function: name }) => (service === 'lambda' ? action : name) === undefined,
      '"function" is for lambda only, "action" for the other services only',
    ),
  );

export type Fault = v.InferOutput<ReturnType<typeof faultSchema>>;

/** A list of faults as JSON. The first that matches a call applies. */
export const faultsSchema = (functionNames: readonly string[]) => v.array(faultSchema(functionNames));

function namesOf<T extends object>(table: T): (T extends T ? keyof T & string : never)[] {
  return Object.keys(table) as (T extends T ? keyof T & string : never)[];
}
