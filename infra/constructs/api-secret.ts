import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { createSecret, enteredLater, type SecretOptions } from './create-secret.ts';

/** The secret for the credentials of Fractal's API, which only the policy Reconcile and the daily comparison may read. */
export class ApiSecret extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string, options: SecretOptions) {
    super(scope, id);
    this.secret = createSecret(this, options, {
      description:
        'The credentials of the API of Fractal ID, for reconcile: JSON with client_id and client_secret, kraken_client_id and kraken_private_key',
      generate: enteredLater('not_entered_yet'),
      notRotated: "Fractal issues the credentials; only a person can change them, in Fractal's dashboard.",
    });
  }
}
