import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Problem } from '../log.ts';

const KEPT_FOR_MS = 5 * 60_000;

/**
 * The secret to sign with and, if it was changed, the former one: a backend may have either. Cached for five minutes.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
 */
export const createSecrets = (client: Pick<SecretsManagerClient, 'send'>, SecretId: string, now = Date.now) => {
  let held: { readonly secrets: readonly string[]; readonly since: number } | undefined;
  const version = async (VersionStage: string): Promise<string[]> => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId, VersionStage }));
    if (!SecretString) throw new Problem('the secret to sign with is empty');
    return [SecretString];
  };
  const former = (error: Error): string[] => {
    if (error.name === 'ResourceNotFoundException') return [];
    throw error;
  };
  return async (): Promise<readonly string[]> => {
    if (held && now() - held.since < KEPT_FOR_MS) return held.secrets;
    const since = now();
    const [current, previous] = await Promise.all([version('AWSCURRENT'), version('AWSPREVIOUS').catch(former)]);
    held = { secrets: [...current, ...previous], since };
    return held.secrets;
  };
};
