import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The ids of a rule that is in several packs. */
export const inPacks = (rule: string, ...packs: readonly string[]): string[] => packs.map((pack) => `${pack}-${rule}`);

export const NIST = 'NIST.800.53.R5';
export const HIPAA = 'HIPAA.Security';
export const PCI = 'PCI.DSS.321';
export const SERVERLESS = 'Serverless';

/**
 * Acknowledges findings of the rule packs on this resource only.
 *
 * @param reason explains to a security reviewer why the finding is acceptable
 * @param ids the ids of the rules, such as `AwsSolutions-SMG4`
 */
export const acknowledge = (construct: IConstruct, reason: string, ids: readonly string[]): void =>
  Validations.of(construct.node.defaultChild ?? construct).acknowledge(...ids.map((id) => ({ id, reason })));
