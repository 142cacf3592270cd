import { setTimeout as wait } from 'node:timers/promises';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Tokens } from '../../functions/ingest/tokens.ts';
import { parseTokens } from '../../functions/ingest/tokens.ts';
import { CALLED } from '../called.ts';
import { CannotRunError } from '../failure.ts';
import type { Target } from '../target.ts';

/** The current version of the secret. */
export interface Current {
  readonly versionId: string;
  /** `undefined` if the value can't be read as tokens; see `problem`. */
  readonly tokens: Tokens | undefined;
  readonly problem: string | undefined;
}

export type Written =
  | { readonly kind: 'written'; readonly versionId: string }
  | { readonly kind: 'overtaken'; readonly says: string };

// AWS does not promise that a new version can be read at once.
const LOOKS = 10;
const LOOK_EVERY_MS = 500;

/** Reads and writes the secret with the tokens. */
export const secretOf = ({ client, secretId: SecretId, options }: Target) => {
  const secrets = new SecretsManagerClient(client);

  /** The version ids with the stages that they have. */
  const stages = async (): Promise<{ readonly current: string | undefined; readonly previous: string | undefined }> => {
    const { VersionIdsToStages = {} } = await secrets.send(new DescribeSecretCommand({ SecretId }));
    const at = (stage: string) => Object.entries(VersionIdsToStages).find(([, all]) => all.includes(stage))?.[0];
    return { current: at('AWSCURRENT'), previous: at('AWSPREVIOUS') };
  };

  const read = async (): Promise<Current> => {
    // Stryker disable next-line StringLiteral: AWS returns the id.
    const { SecretString, VersionId = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    if (SecretString === undefined) return { versionId: VersionId, tokens: undefined, problem: 'the secret is binary, not text' };
    try {
      return { versionId: VersionId, tokens: parseTokens(SecretString), problem: undefined };
    } catch (error) {
      return { versionId: VersionId, tokens: undefined, problem: (error as Error).message };
    }
  };

  /**
   * Writes the tokens as a new version, and reads it back. AWS has no conditional write: a change between the look and the write
   * shows afterwards, because the previous version is then another one than `base`.
   *
   * @param base the version that the change was made to
   * @throws CannotRunError if the secret has another version now; then nothing is written
   */
  const write = async (tokens: Tokens, base: Current): Promise<Written> => {
    if ((await stages()).current !== base.versionId) {
      throw new CannotRunError('The secret was changed in the meantime. Nothing was written. Repeat the command.');
    }
    const SecretString = JSON.stringify(Object.fromEntries(tokens));
    // Stryker disable next-line StringLiteral: AWS returns the id.
    const { VersionId: versionId = '' } = await secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
    for (let looks = 0; looks < LOOKS; looks += 1) {
      if (looks > 0) await wait(LOOK_EVERY_MS);
      const { current, previous } = await stages();
      if (current === base.versionId) continue;
      if (current !== versionId) return overtaken('Somebody has changed the secret after this command');
      if (previous !== base.versionId)
        return overtaken('Somebody has changed the secret at the same time, and this command replaced it');
      const { SecretString: stored } = await secrets.send(new GetSecretValueCommand({ SecretId, VersionId: versionId }));
      if (stored !== SecretString) return overtaken('The secret does not have the value that was written');
      // Stryker disable next-line StringLiteral: callers ask for the other kind.
      return { kind: 'written', versionId };
    }
    return overtaken('The new version of the secret could not be read back');
  };

  const overtaken = (says: string): Written => ({
    kind: 'overtaken',
    says: `${says}. Agree on who changes it, see what it has (${CALLED} tokens list${options}), and repeat what is missing.`,
  });

  return { read, write, secrets };
};

export type TokensSecret = ReturnType<typeof secretOf>;
