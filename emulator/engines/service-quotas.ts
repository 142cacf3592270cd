import { awsAnswer, awsError, type Service } from '../aws/request.ts';

/** The quotas of this account, and the defaults of us-east-1, by their code. No others are known here. */
const APPLIED: Readonly<Record<string, number>> = { 'L-8A5B8E43': 10_000 }; // API Gateway: throttle rate
const DEFAULTS: Readonly<Record<string, number>> = { ...APPLIED, 'L-9B653E91': 10_000 }; // EventBridge: PutEvents

const VALUES: Readonly<Record<string, typeof APPLIED>> = { GetServiceQuota: APPLIED, GetAWSDefaultServiceQuota: DEFAULTS };

/** Service Quotas, as far as this project uses it: the value of a quota, and requests for more, which AWS decides on later. */
export const serveServiceQuotas: Service = async ({ action, body }) => {
  if (action === 'RequestServiceQuotaIncrease')
    return awsAnswer({ RequestedQuota: { ...JSON.parse(body.toString()), Status: 'PENDING' } });
  const values = VALUES[action];
  if (!values) return awsError(400, 'InvalidAction', `The local Service Quotas does not support ${action}`);
  const { QuotaCode } = JSON.parse(body.toString());
  const Value = values[QuotaCode];
  return Value === undefined
    ? awsError(400, 'NoSuchResourceException', `The local Service Quotas has no value of ${QuotaCode}`)
    : awsAnswer({ Quota: { QuotaCode, Value } });
};
