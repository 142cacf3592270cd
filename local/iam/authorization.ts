import { ACCOUNT_ID } from '../account.ts';
import { type AwsRequest, type AwsResponse, awsError } from '../endpoint/request.ts';
import type { Resolution } from '../template/resolve.ts';
import { callOf } from './call.ts';
import { type Call, judge, readPolicy, type Statement } from './policy.ts';

/** A function as IAM knows it, by the access key that it calls with. */
interface Principal {
  readonly arn: string;
  readonly statements: readonly Statement[];
}

/** What was called by whom: `function`, the key that it calls with, is its logical id. */
export interface SeenCall extends Call {
  readonly function: string;
}

/**
 * The template's policies, applied: a function may do what a policy of its role allows, unless that or the resource's own policy
 * denies it. Whoever is no function of the template may do all.
 */
export const createAuthorization = (resources: Resolution['resources']) => {
  const principals = principalsOf(resources);
  const resourcePolicies = resourcePoliciesOf(resources);
  const keys = keysOf(resources);
  const seen = new Map<string, SeenCall>();

  const refusalOf = (accessKeyId: string, call: Call): string | undefined => {
    const principal = principals.get(accessKeyId);
    if (!principal) return undefined;
    const seenCall = { function: accessKeyId, ...call };
    seen.set(JSON.stringify(seenCall), seenCall);
    const says = `User: ${principal.arn} is not authorized to perform: ${call.action} on resource: ${call.resource}`;
    const { action, resource } = call;
    if (judge(resourcePolicies, call) === 'Deny') return `${says} with an explicit deny in a resource-based policy`;
    const judged = judge(principal.statements, call);
    if (judged === 'Deny') return `${says} with an explicit deny in an identity-based policy`;
    if (judged !== 'Allow') return `${says} because no identity-based policy allows the ${action} action`;
    const key = keys.get(resource);
    return key
      ? keyUses(action)
          .map((use) => refusalOf(accessKeyId, { action: use, resource: key }))
          .find(Boolean)
      : undefined;
  };

  return {
    refusalOf,
    /** What the template allows and denies each function. */
    policies: () => [...principals].map(([id, { statements }]) => ({ function: id, statements })),
    /** Each call of a function that there was, once. */
    seen: (): SeenCall[] => [...seen.values()],
    /** AWS's refusal of the request, if it is one to refuse. */
    refuse: (request: AwsRequest): AwsResponse | undefined => {
      if (!principals.has(request.accessKeyId)) return undefined;
      const refusal = refusalOf(request.accessKeyId, callOf(request));
      return refusal === undefined ? undefined : awsError(400, 'AccessDeniedException', refusal);
    },
  };
};

export type Authorization = ReturnType<typeof createAuthorization>;

const ofType = (resources: Resolution['resources'], wanted: string) => [...resources].filter(([, { type }]) => type === wanted);

const principalsOf = (resources: Resolution['resources']): Map<string, Principal> =>
  new Map(
    ofType(resources, 'AWS::Lambda::Function').map(([id, { properties, created }]) => {
      const [, role] =
        ofType(resources, 'AWS::IAM::Role').find(([, one]) => one.created.attributes?.Arn === properties.Role) ?? [];
      if (!role) throw new Error(`${id} has no role of the template`);
      const { ManagedPolicyArns = [], Policies = [] } = role.properties;
      if (ManagedPolicyArns.length > 0)
        throw new Error(`The local stack does not know what ${ManagedPolicyArns.join(', ')} allows`);
      const attached = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) =>
        ofType(resources, type).filter(([, policy]) => policy.properties.Roles?.includes(role.created.ref)),
      );
      const documents = [...Policies, ...attached.map(([, policy]) => policy.properties)];
      return [
        id,
        {
          arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${role.created.ref}/${created.ref}`,
          statements: documents.flatMap(({ PolicyDocument }) => readPolicy(PolicyDocument)),
        },
      ];
    }),
  );

const resourcePoliciesOf = (resources: Resolution['resources']): Statement[] =>
  ofType(resources, 'AWS::SQS::QueuePolicy').flatMap(([, { properties }]) => readPolicy(properties.PolicyDocument));

/** The customer-managed keys, by the ARN of what they encrypt. */
const keysOf = (resources: Resolution['resources']): Map<string, string> =>
  new Map(
    [...resources.values()].flatMap(({ properties, created }): [string, string][] => {
      const key = properties.KmsMasterKeyId ?? properties.KmsKeyId ?? properties.SSESpecification?.KMSMasterKeyId;
      return key ? [[created.attributes?.Arn ?? created.ref, key]] : [];
    }),
  );

/** What an encrypted resource needs of its key: AWS's pages on encryption at rest of SQS, Secrets Manager and DynamoDB. */
const keyUses = (action: string): string[] =>
  action === 'sqs:SendMessage'
    ? ['kms:GenerateDataKey', 'kms:Decrypt']
    : action === 'sqs:GetQueueAttributes'
      ? []
      : ['kms:Decrypt'];
