import { ACCOUNT_ID } from '../account.ts';
import type { Resolution } from '../template/resolve.ts';
import { readPolicy, type Statement } from './policy.ts';

type Resources = Resolution['resources'];

/** Somebody as IAM knows them, by the access key that they call with. */
export interface Principal {
  readonly arn: string;
  readonly statements: readonly Statement[];
}

const ofType = (resources: Resources, ...wanted: string[]) => [...resources].filter(([, { type }]) => wanted.includes(type));

/** The functions, by their logical ids, each with the policies of its role. */
export const functionsOf = (resources: Resources): Map<string, Principal> =>
  new Map(
    ofType(resources, 'AWS::Lambda::Function').map(([id, { properties, created }]) => {
      const [, role] =
        ofType(resources, 'AWS::IAM::Role').find(([, one]) => one.created.attributes?.Arn === properties.Role) ?? [];
      if (!role) throw new Error(`${id} has no role of the template`);
      const { ManagedPolicyArns = [], Policies = [] } = role.properties;
      if (ManagedPolicyArns.length > 0)
        throw new Error(`The local stack does not know what ${ManagedPolicyArns.join(', ')} allows`);
      const attached = ofType(resources, 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy').filter(([, policy]) =>
        policy.properties.Roles?.includes(role.created.ref),
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
