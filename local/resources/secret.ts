import { NO_TOKEN_YET } from '../../functions/ingest/tokens.ts';
import { ACCOUNT_ID, physicalName, REGION } from '../account.ts';
import type { SecretsManager } from '../engines/secrets-manager.ts';
import type { Creator } from '../template/resolve.ts';

export interface InitialSecret {
  readonly value: string;
  /** Whether it replaces the value of an earlier run. */
  readonly override: boolean;
}

/** AWS::SecretsManager::Secret. The receiver's secret gets the local token instead of a random value. */
export const createSecret =
  (secrets: SecretsManager, stackName: string, { value, override }: InitialSecret): Creator =>
  async (logicalId, { SecretString, GenerateSecretString }) => {
    const name = physicalName(stackName, logicalId);
    const arn = `arn:aws:secretsmanager:${REGION}:${ACCOUNT_ID}:secret:${name}`;
    if (GenerateSecretString?.GenerateStringKey === NO_TOKEN_YET) await secrets.create({ name, arn, initial: value, override });
    else await secrets.create({ name, arn, initial: SecretString ?? name, override: false });
    return { ref: arn };
  };
