import { ACCOUNT_ID, REGION } from '../aws/account.ts';
import { type AwsRequest, type AwsResponse, awsError } from '../aws/request.ts';
import { s3Error, xmlError } from '../aws/xml.ts';
import type { LeaveOut, Resolution } from '../template/resolve.ts';
import { callOf } from './call.ts';
import { type Call, judge, type Statement } from './policy.ts';
import { functionsOf, keysOf, type Principal, peoplesPoliciesOf, resourcePoliciesOf } from './principals.ts';

/** A call and its caller. `function` is the caller's access key: the logical id of a function, or policies of the template. */
export interface SeenCall extends Call {
  readonly function: string;
}

const ROOT = `AWS arn:aws:iam::${ACCOUNT_ID}:root`;
const XML_SERVICES = ['cloudformation', 'sns'];

/**
 * Enforces the template's policies. A function may do what its role's policies allow, unless they or the resource's policy deny
 * it. The same applies to a person, whose access key names managed policies of the template, joined with `+`. An AWS service
 * may do what the resource's policy allows. Encrypted resources also need the key's policy. Any other access key may do
 * everything.
 */
export const createAuthorization = (resources: Resolution['resources'], leaveOut?: LeaveOut) => {
  const functions = functionsOf(resources, leaveOut);
  const people = peoplesPoliciesOf(resources);
  const resourcePolicies = resourcePoliciesOf(resources);
  const keys = keysOf(resources);
  const seen = new Map<string, SeenCall>();

  const principalOf = (accessKeyId: string): Principal | undefined => {
    const policies = accessKeyId.split('+').map((id) => people.get(id));
    if (!policies.every((policy) => policy !== undefined)) return functions.get(accessKeyId);
    return { arn: `arn:aws:iam::${ACCOUNT_ID}:user/${accessKeyId}`, statements: policies.flat() };
  };

  /** The verdict of the resource policies on this call by one of these principals. */
  const saidOf = (principals: readonly string[], call: Call) =>
    judge(
      resourcePolicies.filter((statement) => isAbout(statement, principals)),
      call,
    );

  const keyRefusal = ({ action, resource }: Call, ask: (use: Call) => string | undefined): string | undefined => {
    const key = keys.get(resource);
    const context = {
      'kms:ViaService': [`${action.split(':')[0]}.${REGION}.amazonaws.com`],
      ...(action.startsWith('sqs:') && { 'kms:EncryptionContext:aws:sqs:arn': [resource] }),
    };
    return key === undefined
      ? undefined
      : keyUses(action)
          .map((use) => ask({ action: use, resource: key, context }))
          .find(Boolean);
  };

  const refusalOf = (accessKeyId: string, call: Call): string | undefined => {
    const principal = principalOf(accessKeyId);
    if (!principal) return undefined;
    const seenCall = { function: accessKeyId, ...call };
    seen.set(JSON.stringify(seenCall), seenCall);
    const { action, resource } = call;
    const says = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`;
    const said = saidOf([ROOT, `AWS ${principal.arn}`], call);
    if (said === 'Deny') return `${says} with an explicit deny in a resource-based policy`;
    const judged = judge(principal.statements, call);
    if (judged === 'Deny') return `${says} with an explicit deny in an identity-based policy`;
    if (judged !== 'Allow') return `${says} because no identity-based policy allows the ${action} action`;
    // Unlike other resources, a key must allow principals of its own account.
    if (action.startsWith('kms:') && said !== 'Allow')
      return `${says} because no resource-based policy allows the ${action} action`;
    return keyRefusal(call, (use) => refusalOf(accessKeyId, use));
  };

  /** Why an AWS service, such as `cloudwatch.amazonaws.com`, may not make this call; `undefined` if it may. */
  const refusalOfService = (service: string, call: Call): string | undefined => {
    const { action, resource, context } = call;
    // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    const withoutAccount = service === 'events.amazonaws.com' && action.startsWith('kms:');
    const inAccount = { ...call, context: { ...context, 'aws:SourceAccount': [ACCOUNT_ID] } };
    return saidOf([`Service ${service}`], withoutAccount ? call : inAccount) === 'Allow'
      ? keyRefusal(call, (use) => refusalOfService(service, use))
      : `${service} is not authorized to perform: ${action} on resource: ${resource} because no resource-based policy allows the ${action} action`;
  };

  return {
    refusalOf,
    refusalOfService,
    /** The policies of each function. */
    policies: () => [...functions].map(([id, { statements }]) => ({ function: id, statements })),
    /** The managed policies for people. */
    people: () => [...people.keys()],
    /** The distinct calls of functions and people. */
    seen: (): SeenCall[] => [...seen.values()],
    /** The error that AWS answers if the request is not permitted. */
    refuse: (request: AwsRequest): AwsResponse | undefined => {
      // Needs no permission. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
      if (request.service === 'sts' || !principalOf(request.accessKeyId)) return undefined;
      const refusal = refusalOf(request.accessKeyId, callOf(request));
      if (refusal === undefined) return undefined;
      if (request.service === 's3') return s3Error('AccessDenied', refusal, 403);
      return XML_SERVICES.includes(request.service)
        ? xmlError('AccessDenied', refusal)
        : awsError(400, 'AccessDeniedException', refusal);
    },
  };
};

export type Authorization = ReturnType<typeof createAuthorization>;

const isAbout = ({ principals }: Statement, callers: readonly string[]): boolean =>
  principals.includes('*') || principals.some((one) => callers.includes(one));

/**
 * The KMS actions that an action on an encrypted resource needs (AWS: encryption at rest of SQS, SNS, Secrets Manager and
 * DynamoDB).
 */
const keyUses = (action: string): string[] => {
  if (/^sqs:SendMessage$|^sns:Publish$|^secretsmanager:PutSecretValue$/.test(action))
    return ['kms:GenerateDataKey', 'kms:Decrypt'];
  return /^sns:|^sqs:GetQueueAttributes$|^secretsmanager:(Describe|List|Delete|Restore)/.test(action) ? [] : ['kms:Decrypt'];
};
