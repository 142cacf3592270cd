import type { RemovalPolicy } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { NO_TOKEN_YET } from '../../functions/ingest/tokens.ts';
import { acknowledge, HIPAA, inPacks, NIST, PCI } from '../acknowledge.ts';

export interface TokenSecretProps {
  readonly removalPolicy: RemovalPolicy;
  readonly key: IKey | undefined;
}

/**
 * The secret for Fractal's tokens. It initially has one random token for a type that does not exist, so no request is authentic
 * until the real token is entered, and `doctor` can detect that it is missing.
 */
export class TokenSecret extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string, { removalPolicy, key }: TokenSecretProps) {
    super(scope, id);
    this.secret = new Secret(this, 'Secret', {
      description: "Fractal ID's webhook tokens: a bare token, or JSON that maps types to tokens",
      generateSecretString: { secretStringTemplate: '{}', generateStringKey: NO_TOKEN_YET },
      removalPolicy,
    });
    // Set on the resource: passing the key to the construct would add redundant grants to its policy, for one partition's hosts.
    if (key) (this.secret.node.defaultChild as CfnSecret).kmsKeyId = key.keyArn;
    acknowledge(
      this.secret,
      "Fractal issues the tokens; only a person can change them, in Fractal's dashboard. During a rotation the secret can hold the old and the new token.",
      ['AwsSolutions-SMG4', ...inPacks('SecretsManagerRotationEnabled', NIST, HIPAA)],
    );
    if (!key) {
      acknowledge(
        this.secret,
        'Encrypted with the AWS managed key of Secrets Manager. customerManagedKey=true uses a key of the account.',
        ['CKV_AWS_149', ...inPacks('SecretsManagerUsingKMSKey', NIST, HIPAA, PCI)],
      );
    }
  }

  /** Grants reading the secret's value. */
  grantRead(grantee: IGrantable): void {
    this.grant(grantee, 'secretsmanager:GetSecretValue');
  }

  /** Grants reading the values of its former versions too. */
  grantReadFormer(grantee: IGrantable): void {
    this.grant(grantee, 'secretsmanager:GetSecretValue', 'secretsmanager:ListSecretVersionIds');
  }

  private grant(grantee: IGrantable, ...actions: string[]): void {
    Grant.addToPrincipal({ grantee, actions, resourceArns: [this.secret.secretArn] });
  }
}
