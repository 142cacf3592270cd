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
 * The secret for Fractal's tokens. It starts as a map with one random token that nobody knows, for a type that does not exist:
 * nothing is authentic until the token is put in, and `doctor` can tell.
 */
export class TokenSecret extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string, { removalPolicy, key }: TokenSecretProps) {
    super(scope, id);
    this.secret = new Secret(this, 'Secret', {
      description: "Fractal ID's webhook tokens: a bare token, or JSON from type to tokens",
      generateSecretString: { secretStringTemplate: '{}', generateStringKey: NO_TOKEN_YET },
      removalPolicy,
    });
    // As a property alone: given to the construct, the key's policy would get grants that it has already, with hosts of one partition.
    if (key) (this.secret.node.defaultChild as CfnSecret).kmsKeyId = key.keyArn;
    acknowledge(
      this.secret,
      "The tokens are Fractal's: they can be changed in its dashboard alone, by a person. The secret holds old and new ones side by side meanwhile.",
      ['AwsSolutions-SMG4', ...inPacks('SecretsManagerRotationEnabled', NIST, HIPAA)],
    );
    if (!key) {
      acknowledge(
        this.secret,
        'Encrypted with the key of Secrets Manager. customerManagedKey=true takes a key of the account.',
        inPacks('SecretsManagerUsingKMSKey', NIST, HIPAA, PCI),
      );
    }
  }

  /** Lets it read the value, and no more. */
  grantRead(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: [this.secret.secretArn],
    });
  }
}
