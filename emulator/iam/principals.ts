import { ACCOUNT_ID } from '../aws/account.ts';
import { type LeaveOut, ofType, type Properties, type Resolution } from '../template/resolve.ts';
import { readPolicy, type Statement } from './policy.ts';

type Resources = Resolution['resources'];

/** An IAM principal. */
export interface Principal {
  readonly arn: string;
  readonly statements: readonly Statement[];
}

// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html
const BASIC = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
const WRITING_LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];
const OF_AWS: Readonly<Record<string, Properties>> = {
  [BASIC]: { Statement: { Effect: 'Allow', Action: WRITING_LOGS, Resource: '*' } },
  // https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaVPCAccessExecutionRole.html
  [BASIC.replace('Basic', 'VPCAccess')]: { Statement: { Effect: 'Allow', Action: [...WRITING_LOGS, 'ec2:*'], Resource: '*' } },
};

/**
 * The functions by logical id, with the policies of their roles.
 *
 * @param leaveOut called for functions whose policies cannot be evaluated; they may do everything (default: an error)
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
  if (!role) throw new Error('its role is not in the template');
  const { ManagedPolicyArns = [], Policies = [] } = role.properties;
  const ofAws = (ManagedPolicyArns as string[]).map((arn) => {
    const document = OF_AWS[arn];
    if (!document) throw new Error(`the local stack does not support the AWS managed policy ${arn}`);
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

/** The managed policies for people by logical id: those that are attached to no role. */
export const peoplesPoliciesOf = (resources: Resources): Map<string, readonly Statement[]> =>
  new Map(
    ofType(resources, 'AWS::IAM::ManagedPolicy')
      .filter(([, { properties }]) => (properties.Roles ?? []).length === 0)
      .map(([id, { properties }]) => [id, readPolicy(properties.PolicyDocument)]),
  );

/** The resource policies of queues, topics and keys. In a key's policy, the resource `*` is the key. */
export const resourcePoliciesOf = (resources: Resources): Statement[] => [
  ...ofType(resources, 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy').flatMap(([, { properties }]) =>
    readPolicy(properties.PolicyDocument),
  ),
  ...ofType(resources, 'AWS::KMS::Key').flatMap(([, { properties, created }]) =>
    readPolicy(properties.KeyPolicy).map((statement) => ({ ...statement, resources: [created.attributes?.Arn ?? ''] })),
  ),
];

/** The customer managed keys by the ARN of the resource that they encrypt. */
export const keysOf = (resources: Resources): Map<string, string> => {
  const own = new Set(ofType(resources, 'AWS::KMS::Key').map(([, { created }]) => created.attributes?.Arn));
  return new Map(
    [...resources.values()].flatMap(({ type, properties, created }): [string, string][] => {
      if (type === 'AWS::Logs::LogGroup') return [];
      const key = properties.KmsMasterKeyId ?? properties.KmsKeyId ?? properties.SSESpecification?.KMSMasterKeyId;
      // A key of another stack has a policy that is not known here.
      return own.has(key) ? [[created.attributes?.Arn ?? created.ref, key]] : [];
    }),
  );
};
