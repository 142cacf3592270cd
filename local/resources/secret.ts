import { ACCOUNT_ID, physicalName, REGION } from '../account.ts';
import type { SecretsManager } from '../engines/secrets-manager.ts';
import type { Creator } from '../template/resolve.ts';

export interface InitialSecret {
  readonly value: string;
  /** Whether it replaces a value that was kept from an earlier run. */
  readonly override: boolean;
}

/** AWS::SecretsManager::Secret. Instead of the random value of a first deployment it gets the local token. */
export const createSecret =
  (secrets: SecretsManager, stackName: string, { value, override }: InitialSecret): Creator =>
  async (logicalId) => {
    const name = physicalName(stackName, logicalId);
    const arn = `arn:aws:secretsmanager:${REGION}:${ACCOUNT_ID}:secret:${name}`;
    await secrets.create({ name, arn, initial: value, override });
    return { ref: arn };
  };
