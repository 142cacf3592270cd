import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Problem } from '../log.ts';
import type { Surroundings } from './receive.ts';
import { parseTokens, type Tokens } from './tokens.ts';

const KEPT_FOR_MS = 5 * 60 * 1000;
// A flood of bad signatures must not become a flood of calls; Fractal's first retry, after 20 s, finds a rotated token.
const ASK_AT_MOST_EVERY_MS = 5 * 1000;

export interface TokenSecret {
  readonly client: SecretsManagerClient;
  readonly secretId: string;
  now(): number;
}

/**
 * The tokens in Secrets Manager, kept for five minutes and no longer: they may have been revoked.
 * A secret that can't be read, or is no set of tokens, throws, and throws the same for five seconds without another call.
 */
export const createTokenSecret = ({ client, secretId, now }: TokenSecret): Surroundings['tokens'] => {
  let held: { readonly tokens: Tokens; readonly since: number } | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;

  const mayAsk = () => now() - askedAt >= ASK_AT_MOST_EVERY_MS;

  const ask = async (signal: AbortSignal): Promise<Tokens> => {
    askedAt = now();
    try {
      const tokens = await fetchTokens(client, secretId, signal);
      held = { tokens, since: askedAt };
      return tokens;
    } catch (error) {
      failure = error;
      throw error;
    }
  };

  return {
    known: async (signal) => {
      if (held && now() - held.since < KEPT_FOR_MS) return held.tokens;
      if (mayAsk()) return ask(signal);
      throw failure;
    },
    renewed: async (signal) => (mayAsk() ? ask(signal) : undefined),
  };
};

const fetchTokens = async (client: SecretsManagerClient, SecretId: string, abortSignal: AbortSignal): Promise<Tokens> => {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }), { abortSignal });
  if (SecretString === undefined) throw new Problem('the secret is binary, not text');
  return parseTokens(SecretString);
};
