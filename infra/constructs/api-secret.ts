import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { createSecret, type SecretOptions } from './create-secret.ts';

/** The secret for the credentials of Fractal's API, which only the policy Reconcile may read. No function uses it. */
export class ApiSecret extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string, options: SecretOptions) {
    super(scope, id);
    this.secret = createSecret(this, options, {
      description: 'The credentials of the API of Fractal ID, for reconcile: JSON with client_id and client_secret',
      until: 'not_entered_yet',
      notRotated: "Fractal issues the credentials; only a person can change them, in Fractal's dashboard.",
    });
  }
}
