import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Where a rule is in several packs: its name after each of them. */
export const inPacks = (rule: string, ...packs: readonly string[]): string[] => packs.map((pack) => `${pack}-${rule}`);

export const NIST = 'NIST.800.53.R5';
export const HIPAA = 'HIPAA.Security';
export const PCI = 'PCI.DSS.321';
export const SERVERLESS = 'Serverless';

/**
 * Says why a finding of the rule packs is right as it is, on this one resource and for no other.
 *
 * @param reason what a security reviewer needs to agree
 * @param ids as the finding names them, such as `AwsSolutions-SMG4`
 */
export const acknowledge = (construct: IConstruct, reason: string, ids: readonly string[]): void =>
  Validations.of(construct.node.defaultChild ?? construct).acknowledge(...ids.map((id) => ({ id, reason })));
