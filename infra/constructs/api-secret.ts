import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge, HIPAA, inPacks, NIST, PCI } from '../acknowledge.ts';

export interface ApiSecretProps {
  readonly removalPolicy: RemovalPolicy;
  readonly key: IKey | undefined;
}

/** The secret for the credentials of Fractal's API, which only the policy Reconcile may read. No function uses it. */
export class ApiSecret extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string, { removalPolicy, key }: ApiSecretProps) {
    super(scope, id);
    this.secret = new Secret(this, 'Secret', {
      description: 'The credentials of the API of Fractal ID, for reconcile: JSON with client_id and client_secret',
      generateSecretString: { secretStringTemplate: '{}', generateStringKey: 'not_entered_yet' },
      removalPolicy,
    });
    // Set on the resource: passing the key to the construct would add redundant grants to its policy, for one partition's hosts.
    if (key) (this.secret.node.defaultChild as CfnSecret).kmsKeyId = key.keyArn;
    acknowledge(this.secret, "Fractal issues the credentials; only a person can change them, in Fractal's dashboard.", [
      'AwsSolutions-SMG4',
      ...inPacks('SecretsManagerRotationEnabled', NIST, HIPAA),
    ]);
    if (!key) {
      acknowledge(
        this.secret,
        'Encrypted with the AWS managed key of Secrets Manager. customerManagedKey=true uses a key of the account.',
        ['CKV_AWS_149', ...inPacks('SecretsManagerUsingKMSKey', NIST, HIPAA, PCI)],
      );
    }
  }
}
