import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  paginateListSecretVersionIds,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { parseTokens, type Tokens } from '../../functions/ingest/tokens.ts';
import { mapConcurrent } from '../../functions/map-concurrent.ts';

/** Since when a token is in the secret: exactly, or since before that time, if AWS no longer has the older versions. */
export interface Since {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly exact: boolean;
}

// CreateSecret also creates the first version.
const FIRST_WITHIN_MS = 60_000;
const LANES = 8;

interface Version {
  readonly createdAt: number;
  readonly tokens: Tokens;
}

/** Reads the versions of a secret that AWS still has, a hundred at most. */
export const readHistory = async (client: SecretsManagerClient, SecretId: string) => {
  const { CreatedDate } = await client.send(new DescribeSecretCommand({ SecretId }));
  const ids: { readonly id: string | undefined; readonly createdAt: number }[] = [];
  for await (const { Versions = [] } of paginateListSecretVersionIds({ client }, { SecretId, IncludeDeprecated: true })) {
    // Stryker disable next-line OptionalChaining: AWS sends the time of every version.
    ids.push(...Versions.map(({ VersionId, CreatedDate: at }) => ({ id: VersionId, createdAt: at?.getTime() ?? 0 })));
  }
  const versions: Version[] = [];
  await mapConcurrent(LANES, ids, async ({ id, createdAt }) => {
    const tokens = await tokensOf(client, SecretId, id);
    if (tokens) versions.push({ createdAt, tokens });
  });
  versions.sort((a, b) => a.createdAt - b.createdAt);
  const [oldest] = versions;
  // Stryker disable next-line OptionalChaining: AWS sends the time of every secret.
  const isFirst = oldest !== undefined && oldest.createdAt - (CreatedDate?.getTime() ?? 0) <= FIRST_WITHIN_MS;

  return (token: string): Since | undefined => {
    const found = versions.find(({ tokens }) => [...tokens.values()].flat().includes(token));
    return found && { at: found.createdAt, exact: found !== oldest || isFirst };
  };
};

// A deprecated version may be removed at any time, may be encrypted with a former key, and may have any value.
const tokensOf = async (client: SecretsManagerClient, SecretId: string, VersionId: string | undefined) => {
  try {
    // Stryker disable next-line StringLiteral: a binary version then has a token that no one has, instead of none.
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId, VersionId }));
    return parseTokens(SecretString);
  } catch (error) {
    const { name } = error as Error;
    if (name === 'ResourceNotFoundException' || name === 'DecryptionFailure') return undefined;
    if (name === 'Problem') return new Map<string, readonly string[]>();
    throw error;
  }
};
