import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Target } from '../target.ts';
import { type Finding, ok, wrong } from './finding.ts';

/** Whether the account's unreserved concurrency covers the requests that the webhook's throttle lets in. */
export const checkConcurrency = async ({ client, concurrencyNeeded, remedy }: Target): Promise<Finding> => {
  const { AccountLimit } = await new LambdaClient(client).send(new GetAccountSettingsCommand({}));
  if (concurrencyNeeded === 0) return ok('concurrency', 'no unreserved concurrency is needed');
  const free = AccountLimit?.UnreservedConcurrentExecutions ?? 0;
  if (free >= concurrencyNeeded)
    return ok('concurrency', `${free} concurrent executions unreserved, ${concurrencyNeeded} needed`);
  return wrong(
    'concurrency',
    `the account has ${free} unreserved concurrent executions, and a burst needs ${concurrencyNeeded}: requests above the limit get 5xx, and Fractal retries them`,
    `Request more "Concurrent executions" of Lambda in Service Quotas. ${remedy('Or lower throttleBurst and throttleRate')}`,
  );
};
