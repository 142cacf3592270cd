import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type CfnSecret, Secret, type SecretStringGenerator } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge, HIPAA, inPacks, NIST, PCI } from '../acknowledge.ts';

export interface SecretOptions {
  readonly removalPolicy: RemovalPolicy;
  readonly key: IKey | undefined;
}

export interface SecretContent {
  readonly description: string;
  /** How its first value is generated. */
  readonly generate: SecretStringGenerator;
  /** Why AWS does not rotate it. */
  readonly notRotated: string;
}

/** Of a secret that a person enters: until then, it is JSON with a random value under this key. */
export const enteredLater = (until: string): SecretStringGenerator => ({ secretStringTemplate: '{}', generateStringKey: until });

/** A secret that AWS does not rotate. */
export const createSecret = (
  scope: Construct,
  { removalPolicy, key }: SecretOptions,
  { description, generate, notRotated }: SecretContent,
): Secret => {
  const secret = new Secret(scope, 'Secret', {
    description,
    generateSecretString: generate,
    removalPolicy,
  });
  // Set on the resource: passing the key to the construct would add redundant grants to its policy, for one partition's hosts.
  if (key) (secret.node.defaultChild as CfnSecret).kmsKeyId = key.keyArn;
  acknowledge(secret, notRotated, ['AwsSolutions-SMG4', ...inPacks('SecretsManagerRotationEnabled', NIST, HIPAA)]);
  if (!key) {
    acknowledge(
      secret,
      'Encrypted with the AWS managed key of Secrets Manager. customerManagedKey=true uses a key of the account.',
      ['CKV_AWS_149', ...inPacks('SecretsManagerUsingKMSKey', NIST, HIPAA, PCI)],
    );
  }
  return secret;
};
