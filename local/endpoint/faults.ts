import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { type AwsRequest, type AwsResponse, awsError, type Service } from './request.ts';

const FaultSchema = v.strictObject({
  service: v.picklist(['sqs', 'dynamodb', 'secretsmanager']),
  /** Only this action, such as `UpdateItem`; without it, all of the service. */
  action: v.optional(v.string()),
  fault: v.picklist(['error', 'unavailable', 'throttle', 'hang', 'drop', 'stall', 'slow']),
  /** The part of the calls that it hits, 0 to 1. */
  rate: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1),
  /** For `slow`: by how many milliseconds. */
  delay: v.optional(v.pipe(v.number(), v.minValue(0)), 1_000),
  /** After how many milliseconds it is over; without it, when it is taken away. */
  lasting: v.optional(v.pipe(v.number(), v.minValue(0))),
});

/**
 * What may go wrong with a call. `error`: 500. `unavailable`: 503. `throttle`: the service's own refusal. `hang`: never an
 * answer. `drop`: the engine does the work, and then the connection breaks. `stall`: the answer begins and never ends.
 * `slow`: it takes `delay` milliseconds longer.
 */
export type Fault = v.InferOutput<typeof FaultSchema>;

/** The faults of one moment, as JSON: each call suffers the first that hits it. */
export const FaultsSchema = v.array(FaultSchema);

const THROTTLED: Record<Fault['service'], string> = {
  sqs: 'RequestThrottled',
  dynamodb: 'ProvisionedThroughputExceededException',
  secretsmanager: 'ThrottlingException',
};

/** What the caller gets: an answer, an answer that never ends, or a connection that breaks. */
export type Served = { readonly kind: 'answer' | 'stall'; readonly response: AwsResponse } | { readonly kind: 'broken' };

/** The faults that are switched on. They may be changed while calls are under way. */
export const createFaults = (onFault: (fault: Fault) => void) => {
  let current: readonly Fault[] = [];
  let since = Date.now();

  const hit = (request: AwsRequest): Fault | undefined =>
    current.find(
      ({ service, action, rate, lasting = Number.POSITIVE_INFINITY }) =>
        service === request.service &&
        (action === undefined || action === request.action) &&
        Date.now() - since < lasting &&
        Math.random() < rate,
    );

  return {
    list: () => current,
    set: (faults: readonly Fault[]): void => {
      current = faults;
      since = Date.now();
    },
    serve: async (request: AwsRequest, serve: Service): Promise<Served> => {
      const fault = hit(request);
      if (fault) onFault(fault);
      const answer = (response: AwsResponse): Served => ({ kind: 'answer', response });
      switch (fault?.fault) {
        case undefined:
          return answer(await serve(request));
        case 'error':
          return answer(awsError(500, 'InternalServerError', 'injected fault'));
        case 'unavailable':
          return answer(awsError(503, 'ServiceUnavailable', 'injected fault'));
        case 'throttle':
          return answer(awsError(400, THROTTLED[fault.service], 'injected fault'));
        case 'hang':
          return new Promise(() => {});
        case 'drop':
          await serve(request);
          return { kind: 'broken' };
        case 'stall':
          return { kind: 'stall', response: await serve(request) };
        case 'slow':
          await wait(fault.delay);
          return answer(await serve(request));
      }
    },
  };
};
