import { ACCOUNT_ID } from '../account.ts';
import type { LeaveOut, Properties, Resolution } from '../template/resolve.ts';
import { readPolicy, type Statement } from './policy.ts';

type Resources = Resolution['resources'];

/** Somebody as IAM knows them, by the access key that they call with. */
export interface Principal {
  readonly arn: string;
  readonly statements: readonly Statement[];
}

const ofType = (resources: Resources, ...wanted: string[]) => [...resources].filter(([, { type }]) => wanted.includes(type));

// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html
const BASIC = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
const OF_AWS: Readonly<Record<string, Properties>> = {
  [BASIC]: {
    Statement: { Effect: 'Allow', Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' },
  },
};

/**
 * The functions, by their logical ids, each with the policies of its role.
 *
 * @param leaveOut takes those whose policies can not be evaluated here, and which may then do all; without it, one of them is an error
 */
export const functionsOf = (resources: Resources, leaveOut?: LeaveOut): Map<string, Principal> =>
  new Map(
    ofType(resources, 'AWS::Lambda::Function').flatMap(([id, { properties, created }]): [string, Principal][] => {
      try {
        return [[id, principalOf(resources, properties.Role, created.ref)]];
      } catch (error) {
        if (!leaveOut) throw new Error(`${id}: ${(error as Error).message}`);
        leaveOut(`the permissions of ${id}`, (error as Error).message);
        return [];
      }
    }),
  );

const principalOf = (resources: Resources, roleArn: string, functionName: string): Principal => {
  const [, role] = ofType(resources, 'AWS::IAM::Role').find(([, one]) => one.created.attributes?.Arn === roleArn) ?? [];
  if (!role) throw new Error('it has no role of the template');
  const { ManagedPolicyArns = [], Policies = [] } = role.properties;
  const ofAws = (ManagedPolicyArns as string[]).map((arn) => {
    const document = OF_AWS[arn];
    if (!document) throw new Error(`the local stack does not know what ${arn} allows`);
    return { PolicyDocument: document };
  });
  const attached = ofType(resources, 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy').filter(([, policy]) =>
    policy.properties.Roles?.includes(role.created.ref),
  );
  const documents = [...ofAws, ...Policies, ...attached.map(([, policy]) => policy.properties)];
  return {
    arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${role.created.ref}/${functionName}`,
    statements: documents.flatMap(({ PolicyDocument }) => readPolicy(PolicyDocument)),
  };
};

/** The managed policies that no role has, by their logical ids: they are for people. */
export const peoplesPoliciesOf = (resources: Resources): Map<string, readonly Statement[]> =>
  new Map(
    ofType(resources, 'AWS::IAM::ManagedPolicy')
      .filter(([, { properties }]) => (properties.Roles ?? []).length === 0)
      .map(([id, { properties }]) => [id, readPolicy(properties.PolicyDocument)]),
  );

/** What queues, topics and keys say themselves of who may use them. What a key's policy calls `*` is the key. */
export const resourcePoliciesOf = (resources: Resources): Statement[] => [
  ...ofType(resources, 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy').flatMap(([, { properties }]) =>
    readPolicy(properties.PolicyDocument),
  ),
  ...ofType(resources, 'AWS::KMS::Key').flatMap(([, { properties, created }]) =>
    readPolicy(properties.KeyPolicy).map((statement) => ({ ...statement, resources: [created.attributes?.Arn ?? ''] })),
  ),
];

/** The customer-managed keys, by the ARN of what they encrypt. */
export const keysOf = (resources: Resources): Map<string, string> =>
  new Map(
    [...resources.values()].flatMap(({ type, properties, created }): [string, string][] => {
      if (type === 'AWS::Logs::LogGroup') return [];
      const key = properties.KmsMasterKeyId ?? properties.KmsKeyId ?? properties.SSESpecification?.KMSMasterKeyId;
      return key ? [[created.attributes?.Arn ?? created.ref, key]] : [];
    }),
  );
