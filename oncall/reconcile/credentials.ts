import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as v from 'valibot';
import { parseJson } from '../../functions/core/json.ts';
import type { ClassicCredentials } from '../../functions/reconcile/classic-list.ts';
import { CannotRunError } from '../failure.ts';
import type { Target } from '../target.ts';

const Credentials = v.object({ client_id: v.pipe(v.string(), v.nonEmpty()), client_secret: v.pipe(v.string(), v.nonEmpty()) });

/**
 * The credentials of Fractal's API: from the environment or, if the stack has one, from its secret. A local stack, which plays Fractal,
 * needs none.
 *
 * @throws CannotRunError that says where to enter them
 */
export const readCredentials = async (target: Target, environment: NodeJS.ProcessEnv): Promise<ClassicCredentials> => {
  const { FRACTAL_CLIENT_ID: clientId, FRACTAL_CLIENT_SECRET: clientSecret } = environment;
  if (clientId && clientSecret) return { clientId, clientSecret };
  const { apiSecretId, fractalUrl, client, awsOptions } = target;
  if (fractalUrl !== undefined) return { clientId: 'local', clientSecret: 'local' };
  if (apiSecretId === undefined) {
    throw new CannotRunError(
      "Set FRACTAL_CLIENT_ID and FRACTAL_CLIENT_SECRET to the client id and the client secret of your application, from Fractal's dashboard. To keep them in AWS: " +
        target.remedy('set reconcile to true'),
    );
  }
  const { SecretString = '' } = await new SecretsManagerClient(client).send(new GetSecretValueCommand({ SecretId: apiSecretId }));
  const parsed = v.safeParse(Credentials, parseJson(SecretString));
  if (parsed.success) return { clientId: parsed.output.client_id, clientSecret: parsed.output.client_secret };
  throw new CannotRunError(
    `The secret of Fractal's API has no credentials yet. Enter them as {"client_id":"…","client_secret":"…"} in a file: aws secretsmanager put-secret-value --secret-id ${apiSecretId} --secret-string file://FILE${awsOptions}`,
  );
};
