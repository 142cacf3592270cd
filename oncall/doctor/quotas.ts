import { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { Target } from '../target.ts';
import { type Finding, ok, wrong } from './finding.ts';

interface Quota {
  readonly ServiceCode: string;
  /** The same in every region and account. */
  readonly QuotaCode: string;
  /** As Service Quotas names it. */
  readonly name: string;
  /** How much of the throttle is needed: 0 to 1. */
  readonly share: number;
  readonly without: string;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const REQUESTS: Quota = {
  ServiceCode: 'apigateway',
  QuotaCode: 'L-8A5B8E43',
  name: 'Throttle rate',
  share: 1,
  without: 'requests above it get 429, and Fractal retries them',
};

/**
 * Half of what the throttle lets in may be retries, which are no changes.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
const EVENTS: Quota = {
  ServiceCode: 'events',
  QuotaCode: 'L-9B653E91',
  name: 'PutEvents throttle limit in transactions per second',
  share: 0.5,
  without: 'events wait in the stream until they are taken',
};

/** Whether the quotas of the account in this region, which all its APIs and buses share, cover what the throttle of the webhook lets in. */
export const checkQuotas = async ({ client, throttleRate, events, awsOptions, remedy }: Target): Promise<Finding> => {
  const quotas = new ServiceQuotasClient(client);
  const found = await Promise.all(
    [REQUESTS, ...(events ? [EVENTS] : [])].map(async (quota) => ({
      ...quota,
      has: await quotaOf(quotas, quota),
      needs: Math.ceil(throttleRate * quota.share),
    })),
  );
  const low = found.filter(({ has, needs }) => has < needs);
  if (low.length === 0)
    return ok('quotas', found.map(({ name, has, needs }) => `"${name}" is ${has}, ${needs} needed`).join('; '));
  const commands = low.map(
    ({ ServiceCode, QuotaCode, needs }) =>
      `aws service-quotas request-service-quota-increase --service-code ${ServiceCode} --quota-code ${QuotaCode} --desired-value ${needs}${awsOptions}`,
  );
  return wrong(
    'quotas',
    low.map(({ name, has, needs, without }) => `"${name}" is ${has} per second, and ${needs} are needed: ${without}`).join('; '),
    `Request more: ${commands.join(' and ')}. ${remedy('Or lower throttleRate')}`,
  );
};

const quotaOf = async (quotas: ServiceQuotasClient, { ServiceCode, QuotaCode }: Quota): Promise<number> => {
  const of = { ServiceCode, QuotaCode };
  try {
    const { Quota: { Value = 0 } = {} } = await quotas.send(new GetServiceQuotaCommand(of));
    return Value;
  } catch (error) {
    // An account in which it was never changed may have none of its own.
    if ((error as Error).name !== 'NoSuchResourceException') throw error;
    const { Quota: { Value = 0 } = {} } = await quotas.send(new GetAWSDefaultServiceQuotaCommand(of));
    return Value;
  }
};
