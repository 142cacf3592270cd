import {
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  type SecretVersionsListEntry,
} from '@aws-sdk/client-secrets-manager';
import { describeError } from '../log.ts';
import type { FormerTokens } from './examine.ts';
import { inTime } from './in-time.ts';
import type { TokenSecretSettings } from './token-secret.ts';
import { NO_TOKEN_YET, parseTokens, type Tokens } from './tokens.ts';

const VERSIONS_AT_MOST = 4;
const KEPT_FOR_MS = 5 * 60 * 1000;
const NEXT_TRY_AFTER_MS = 10 * 1000;

export interface FormerTokensSettings extends TokenSecretSettings {
  /** How long to wait for them, in milliseconds: they only explain a refusal, which should not be late. Default: 1,000. */
  readonly withinMs?: number;
}

/**
 * The tokens of the last former versions of the secret. Secrets Manager keeps versions without a staging label for a while; after
 * two changes, the version that was in use before them is one of these. They are read at most once in five minutes, and once in ten
 * seconds if they can't be read.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html
 */
export const createFormerTokens = ({ client, secretId: SecretId, now, withinMs = 1_000 }: FormerTokensSettings): FormerTokens => {
  let held: ReturnType<FormerTokens> | undefined;
  let nextAt = 0;

  const read = async (signal: AbortSignal): Promise<Tokens[]> => {
    const abort = { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]) };
    const ask = <T>(asked: Promise<T>) => inTime('Secrets Manager', asked, abort.abortSignal);
    const listed = new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true, MaxResults: 100 });
    const { Versions = [] } = await ask(client.send(listed, abort));
    const values = await Promise.all(
      formerOf(Versions).map(({ VersionId }) => ask(client.send(new GetSecretValueCommand({ SecretId, VersionId }), abort))),
    );
    return values.flatMap(({ SecretString = '' }) => tokensIn(SecretString));
  };

  return (signal) => {
    if (held && now() < nextAt) return held;
    nextAt = now() + KEPT_FOR_MS;
    held = read(signal).catch((error) => {
      nextAt = now() + NEXT_TRY_AFTER_MS;
      return { problem: describeError(error) };
    });
    return held;
  };
};

const formerOf = (versions: readonly SecretVersionsListEntry[]): SecretVersionsListEntry[] =>
  versions
    .filter(({ VersionStages = [] }) => !VersionStages.includes('AWSCURRENT'))
    .toSorted((one, other) => Number(other.CreatedDate) - Number(one.CreatedDate))
    .slice(0, VERSIONS_AT_MOST);

// A former version may have been invalid. The first one has a random token, which is not Fractal's.
const tokensIn = (value: string): Tokens[] => {
  try {
    const tokens = parseTokens(value);
    return tokens.has(NO_TOKEN_YET) ? [] : [tokens];
  } catch {
    return [];
  }
};
