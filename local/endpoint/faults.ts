import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { type AwsRequest, type AwsResponse, awsError, type Service } from './request.ts';

const FaultSchema = v.object({
  service: v.picklist(['sqs', 'dynamodb', 'secretsmanager']),
  /** Only this action, such as `UpdateItem`; without it, all of the service. */
  action: v.optional(v.string()),
  fault: v.picklist(['error', 'unavailable', 'throttle', 'hang', 'drop', 'slow']),
  /** The part of the calls that it hits, 0 to 1. */
  rate: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1),
  /** For `slow`: milliseconds. */
  delay: v.optional(v.pipe(v.number(), v.minValue(0)), 1_000),
});

/**
 * What may go wrong with a call. `error`: 500. `unavailable`: 503. `throttle`: the service's own refusal. `hang`: never an
 * answer. `drop`: the engine does the work, and then the connection breaks. `slow`: it takes `delay` milliseconds longer.
 */
export type Fault = v.InferOutput<typeof FaultSchema>;

export const FaultsSchema = v.array(FaultSchema);

const THROTTLED: Record<Fault['service'], string> = {
  sqs: 'RequestThrottled',
  dynamodb: 'ProvisionedThroughputExceededException',
  secretsmanager: 'ThrottlingException',
};

/** The call's answer, or `undefined` where the caller must be left without one, its connection broken. */
export const serveWithFaults = async (
  faults: readonly Fault[],
  request: AwsRequest,
  serve: Service,
): Promise<AwsResponse | undefined> => {
  const fault = faults.find(
    ({ service, action, rate }) =>
      service === request.service && (action === undefined || action === request.action) && Math.random() < rate,
  );
  switch (fault?.fault) {
    case undefined:
      return serve(request);
    case 'error':
      return awsError(500, 'InternalServerError', 'injected fault');
    case 'unavailable':
      return awsError(503, 'ServiceUnavailable', 'injected fault');
    case 'throttle':
      return awsError(400, THROTTLED[fault.service], 'injected fault');
    case 'hang':
      return new Promise(() => {});
    case 'drop':
      await serve(request);
      return undefined;
    case 'slow':
      await wait(fault.delay);
      return serve(request);
  }
};
