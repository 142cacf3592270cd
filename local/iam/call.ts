import { ACCOUNT_ID, REGION } from '../account.ts';
import type { AwsRequest } from '../endpoint/request.ts';
import type { Call } from './policy.ts';

/** The call that a request is, with the resource that it names. */
export const callOf = ({ service, action, body }: AwsRequest): Call => {
  const resourceOf = RESOURCES[service];
  // A batch is permitted as its single action is (AWS).
  const permission = action.replace(/^(SendMessage|DeleteMessage|ChangeMessageVisibility)Batch$/, '$1');
  return { action: `${service}:${permission}`, resource: resourceOf ? resourceOf(JSON.parse(body.toString())) : '*' };
};

const RESOURCES: Readonly<Record<string, (input: Record<string, string>) => string>> = {
  sqs: ({ QueueUrl = '' }) => `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${QueueUrl.split('/').at(-1)}`,
  dynamodb: ({ TableName }) => `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/${TableName}`,
  secretsmanager: ({ SecretId }) => `${SecretId}`,
};
