import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Target } from '../target.ts';
import { type Finding, well, wrong } from './finding.ts';

/** Whether the account runs as many functions at once as the webhook's throttle lets requests in. */
export const checkConcurrency = async ({ client, concurrencyNeeded, remedy }: Target): Promise<Finding> => {
  const { AccountLimit } = await new LambdaClient(client).send(new GetAccountSettingsCommand({}));
  const free = AccountLimit?.UnreservedConcurrentExecutions ?? 0;
  if (free >= concurrencyNeeded) return well('concurrency', `${free} functions at once, ${concurrencyNeeded} needed`);
  return wrong(
    'concurrency',
    `the account runs ${free} functions at once, and a burst needs ${concurrencyNeeded}: what is above is answered 5xx, and Fractal tries again`,
    `Request more "Concurrent executions" of Lambda in Service Quotas. ${remedy('Or lower throttleBurst and throttleRate')}`,
  );
};
