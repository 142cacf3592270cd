import { generateKeyPairSync } from 'node:crypto';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Credentials, parseCredentials, readPrivateKey } from '../../functions/reconcile/credentials.ts';
import { CannotRunError } from '../failure.ts';
import type { Target } from '../target.ts';

/** What the secret of the stack has: either pair, or both. */
const FORM =
  '{"client_id":"…","client_secret":"…","kraken_client_id":"…","kraken_private_key":"-----BEGIN PRIVATE KEY-----\\n…"}';

/**
 * The credentials of Fractal's APIs: from the environment or, if the stack has one, from its secret. A local stack, which plays Fractal,
 * needs none.
 *
 * @throws CannotRunError that says where to enter them
 * @throws AskError if a private key is none
 */
export const readCredentials = async (target: Target, environment: NodeJS.ProcessEnv): Promise<Credentials> => {
  const given = inEnvironment(environment);
  if (given.classic || given.kraken) return given;
  const { apiSecretId, fractalUrl, client, awsOptions } = target;
  if (fractalUrl !== undefined) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
    return { classic: { clientId: 'local', clientSecret: 'local' }, kraken: { clientId: 'local', privateKey } };
  }
  if (apiSecretId === undefined) {
    throw new CannotRunError(
      "Set FRACTAL_CLIENT_ID and FRACTAL_CLIENT_SECRET to the client id and the client secret of your application, from Fractal's dashboard; for Kraken, KRAKEN_CLIENT_ID and KRAKEN_PRIVATE_KEY. To keep them in AWS: " +
        target.remedy('set reconcile to true'),
    );
  }
  const { SecretString = '' } = await new SecretsManagerClient(client).send(new GetSecretValueCommand({ SecretId: apiSecretId }));
  const entered = parseCredentials(SecretString);
  if (entered) return entered;
  throw new CannotRunError(
    `The secret of Fractal's API has no credentials yet. Enter them as ${FORM} in a file, those of one product or of both: aws secretsmanager put-secret-value --secret-id ${apiSecretId} --secret-string file://FILE${awsOptions}`,
  );
};

const inEnvironment = (environment: NodeJS.ProcessEnv): Credentials => {
  const classic = pairIn(environment, 'FRACTAL_CLIENT_ID', 'FRACTAL_CLIENT_SECRET');
  const kraken = pairIn(environment, 'KRAKEN_CLIENT_ID', 'KRAKEN_PRIVATE_KEY');
  return {
    ...(classic && { classic: { clientId: classic[0], clientSecret: classic[1] } }),
    ...(kraken && { kraken: { clientId: kraken[0], privateKey: readPrivateKey(kraken[1], 'KRAKEN_PRIVATE_KEY') } }),
  };
};

const pairIn = (environment: NodeJS.ProcessEnv, id: string, secret: string): readonly [string, string] | undefined => {
  const [one = '', other = ''] = [environment[id], environment[secret]];
  if (one && other) return [one, other];
  if (one || other)
    throw new CannotRunError(`${one ? secret : id} is not set, but ${one ? id : secret} is. Set both, or neither.`);
  return undefined;
};
