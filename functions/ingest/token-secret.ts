import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Problem } from '../log.ts';
import { inTime } from './in-time.ts';
import type { Dependencies } from './receive.ts';
import { parseTokens, type Tokens } from './tokens.ts';

const KEPT_FOR_MS = 5 * 60 * 1000;

// Limits calls during a flood of invalid signatures, while a rotated token works immediately.
const CALLS_AT_ONCE = 5;
const NEXT_CALL_AFTER_MS = 10 * 1000;

export interface TokenSecretSettings {
  readonly client: SecretsManagerClient;
  readonly secretId: string;
  now(): number;
}

/**
 * The tokens in Secrets Manager, cached for at most five minutes because they may be revoked. Calls are rate limited: a burst of
 * five, then one every ten seconds. If the secret can't be read or is not valid, throws the same error until the next call is
 * allowed.
 */
export const createTokenSecret = ({ client, secretId, now }: TokenSecretSettings): Dependencies['tokens'] => {
  let held: { readonly tokens: Tokens; readonly since: number } | undefined;
  let failure: unknown;
  let calls = { left: CALLS_AT_ONCE, countedAt: now() };

  const callsLeft = () => Math.min(CALLS_AT_ONCE, calls.left + (now() - calls.countedAt) / NEXT_CALL_AFTER_MS);

  const ask = async (signal: AbortSignal): Promise<Tokens> => {
    calls = { left: callsLeft() - 1, countedAt: now() };
    const since = now();
    try {
      const tokens = await fetchTokens(client, secretId, signal);
      held = { tokens, since };
      return tokens;
    } catch (error) {
      failure = error;
      throw error;
    }
  };

  return {
    cached: async (signal) => {
      if (held && now() - held.since < KEPT_FOR_MS) return held.tokens;
      if (callsLeft() >= 1) return ask(signal);
      throw failure;
    },
    refresh: async (signal) => (callsLeft() >= 1 ? ask(signal) : undefined),
  };
};

const fetchTokens = async (client: SecretsManagerClient, SecretId: string, abortSignal: AbortSignal): Promise<Tokens> => {
  const asked = client.send(new GetSecretValueCommand({ SecretId }), { abortSignal });
  const { SecretString } = await inTime('Secrets Manager', asked, abortSignal);
  if (SecretString === undefined) throw new Problem('the secret is binary, not text');
  return parseTokens(SecretString);
};
