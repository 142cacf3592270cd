import { awsAnswer, awsError, type Service } from '../aws/request.ts';

/** The defaults of us-east-1, by their code. No other quota is known here. */
const QUOTAS: Readonly<Record<string, number>> = {
  'L-8A5B8E43': 10_000, // API Gateway: throttle rate
  'L-9B653E91': 10_000, // EventBridge: PutEvents
};

/** Service Quotas, as far as this project uses it: the value of a quota. */
export const serveServiceQuotas: Service = async ({ action, body }) => {
  if (action !== 'GetServiceQuota' && action !== 'GetAWSDefaultServiceQuota')
    return awsError(400, 'InvalidAction', `The local Service Quotas does not support ${action}`);
  const { QuotaCode } = JSON.parse(body.toString());
  const Value = QUOTAS[QuotaCode];
  return Value === undefined
    ? awsError(400, 'NoSuchResourceException', `The local Service Quotas does not know ${QuotaCode}`)
    : awsAnswer({ Quota: { QuotaCode, Value } });
};
