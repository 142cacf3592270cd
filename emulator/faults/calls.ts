import { setTimeout as wait } from 'node:timers/promises';
import { type AwsRequest, type AwsResponse, awsError, type Service } from '../aws/request.ts';
import type { Fault } from './fault.ts';

/** The result for the caller: an answer, an answer that is never complete, or a broken connection. */
export type Served = { readonly kind: 'answer' | 'stall'; readonly response: AwsResponse } | { readonly kind: 'broken' };

/** The active faults. They can change while calls are in progress. */
export const createFaults = (onFault: (fault: Fault) => void) => {
  let current: readonly Fault[] = [];
  let since = Date.now();

  const hit = (isMeant: (fault: Fault) => boolean): Fault | undefined => {
    const now = Date.now();
    const found = current.find(
      (fault) => isMeant(fault) && now - since < (fault.lasting ?? Number.POSITIVE_INFINITY) && Math.random() < fault.rate,
    );
    if (found) onFault(found);
    return found;
  };

  return {
    list: () => current,
    set: (faults: readonly Fault[]): void => {
      current = faults;
      since = Date.now();
    },
    /** The fault to inject into an invocation, if any. @param functionId the logical id of the function */
    ofInvocation: (functionId: string): Fault | undefined =>
      hit(({ service, function: name = '' }) => service === 'lambda' && functionId.toLowerCase().includes(name)),
    /** Whether a fault fails the next entry of PutEvents. */
    refusesEntry: (): boolean => hit(({ fault }) => fault === 'entries') !== undefined,
    /** Serves a call with the fault that matches it, if any. */
    serve: async (request: AwsRequest, serve: Service): Promise<Served> => {
      const fault = hit(
        ({ service, action, fault }) =>
          service !== 'lambda' &&
          fault !== 'entries' &&
          service === request.service &&
          (action === undefined || action === request.action),
      );
      const refusal = fault && refusalOf(fault);
      if (refusal) return { kind: 'answer', response: refusal };
      if (fault?.fault === 'hang') return new Promise(() => {});
      if (fault?.fault === 'slow') await wait(fault.delay ?? 1_000);
      const response = await serve(request);
      if (fault?.fault === 'drop') return { kind: 'broken' };
      return { kind: fault?.fault === 'stall' ? 'stall' : 'answer', response };
    },
  };
};

const refusalOf = ({ service, fault }: Fault): AwsResponse | undefined => {
  switch (fault) {
    case 'error':
      return awsError(500, 'InternalServerError', 'injected fault');
    case 'unavailable':
      return awsError(503, 'ServiceUnavailable', 'injected fault');
    case 'denied':
      return awsError(400, 'AccessDeniedException', 'injected fault');
    case 'deleted':
      return awsError(
        400,
        'InvalidRequestException',
        "You can't perform this operation on the secret because it was marked for deletion.",
      );
    case 'throttle':
      return awsError(400, THROTTLED[service], 'injected fault');
    case 'gone':
      return GONE[service];
    case 'key':
      return KEY[service];
    default:
      return undefined;
  }
};

const THROTTLED: Readonly<Record<Fault['service'], string>> = {
  lambda: 'TooManyRequestsException',
  sqs: 'RequestThrottled',
  dynamodb: 'ProvisionedThroughputExceededException',
  secretsmanager: 'ThrottlingException',
  events: 'ThrottlingException',
};

/** An error of SQS, which has another name in its older protocol. */
const sqsError = (type: string, queryCode: string, message: string): AwsResponse => {
  const error = awsError(400, type, message);
  return { ...error, headers: { ...error.headers, 'x-amzn-query-error': `${queryCode};Sender` } };
};

const GONE: Readonly<Partial<Record<Fault['service'], AwsResponse>>> = {
  sqs: sqsError('QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue', 'The specified queue does not exist.'),
  dynamodb: awsError(400, 'ResourceNotFoundException', 'Requested resource not found'),
  events: awsError(400, 'ResourceNotFoundException', 'Event bus does not exist.'),
  secretsmanager: awsError(400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret."),
};

// DynamoDB's error is not documented.
const KEY: Readonly<Partial<Record<Fault['service'], AwsResponse>>> = {
  sqs: sqsError(
    'KmsInvalidState',
    'KMS.InvalidStateException',
    'arn:aws:kms:eu-central-1:000000000000:key/injected is pending deletion. (Service: AWSKMS; Status Code: 400; Error Code: KMSInvalidStateException)',
  ),
  secretsmanager: awsError(
    400,
    'DecryptionFailure',
    "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
  ),
};
