import { type CfnResource, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The ids of a rule that is in several packs. */
export const inPacks = (rule: string, ...packs: readonly string[]): string[] => packs.map((pack) => `${pack}-${rule}`);

export const NIST = 'NIST.800.53.R5';
export const HIPAA = 'HIPAA.Security';
export const PCI = 'PCI.DSS.321';
export const SERVERLESS = 'Serverless';

/**
 * Acknowledges findings of the rule packs, and of checkov, on this resource only.
 *
 * @param reason explains to a security reviewer why the finding is acceptable
 * @param ids the ids of the rules, such as `AwsSolutions-SMG4`; of checkov, such as `CKV_AWS_117`
 */
export const acknowledge = (construct: IConstruct, reason: string, ids: readonly string[]): void => {
  const resource = construct.node.defaultChild ?? construct;
  const ofCheckov = ids.filter((id) => id.startsWith('CKV_'));
  const ofPacks = ids.filter((id) => !ofCheckov.includes(id));
  Validations.of(resource).acknowledge(...ofPacks.map((id) => ({ id, reason })));
  if (ofPacks.length > 0) suppressInCdkNag2(resource as CfnResource, reason, ofPacks);
  if (ofCheckov.length > 0) skipInCheckov(resource as CfnResource, reason, ofCheckov);
};

/**
 * For apps with release 2 of cdk-nag, which does not know `Validations`.
 * https://github.com/cdklabs/cdk-nag/blob/v2.38.2/README.md#suppressing-a-rule
 */
const suppressInCdkNag2 = (resource: CfnResource, reason: string, ids: readonly string[]): void => {
  const { rules_to_suppress = [] }: { rules_to_suppress?: object[] } = resource.getMetadata('cdk_nag') ?? {};
  const added = ids.map((one) => {
    const [, id = one, finding] = /^([^[]+)\[(.+)\]$/.exec(one) ?? [];
    return { id, reason, ...(finding !== undefined && { applies_to: [finding] }) };
  });
  resource.addMetadata('cdk_nag', { rules_to_suppress: [...rules_to_suppress, ...added] });
};

/** https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html */
const skipInCheckov = (resource: CfnResource, comment: string, ids: readonly string[]): void => {
  const { skip = [] }: { skip?: object[] } = resource.getMetadata('checkov') ?? {};
  resource.addMetadata('checkov', { skip: [...skip, ...ids.map((id) => ({ id, comment }))] });
};
