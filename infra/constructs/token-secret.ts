import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { NO_TOKEN_YET } from '../../functions/ingest/tokens.ts';
import { createSecret, enteredLater, type SecretOptions } from './create-secret.ts';

/**
 * The secret for Fractal's tokens. It initially has one random token for a type that does not exist, so no request is authentic
 * until the real token is entered, and `doctor` can detect that it is missing.
 */
export class TokenSecret extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string, options: SecretOptions) {
    super(scope, id);
    this.secret = createSecret(this, options, {
      description: "Fractal ID's webhook tokens: a bare token, or JSON that maps types to tokens",
      generate: enteredLater(NO_TOKEN_YET),
      notRotated:
        "Fractal issues the tokens; only a person can change them, in Fractal's dashboard. During a rotation the secret can hold the old and the new token.",
    });
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
