import { ACCOUNT_ID, physicalName, REGION } from '../aws/account.ts';
import type { SecretsManager } from '../engines/secrets/secrets-manager.ts';
import type { Creator, Properties } from '../template/resolve.ts';

export interface InitialSecret {
  readonly value: string;
  /** Whether it replaces the value of an earlier run. */
  readonly override: boolean;
}

/** The value of a secret with these properties; `undefined` for the default. */
export type SecretCreation = (properties: Properties) => InitialSecret | undefined;

/** AWS::SecretsManager::Secret. Nothing is generated. */
export const createSecret =
  (secrets: SecretsManager, stackName: string, secretOf: SecretCreation = () => undefined): Creator =>
  async (logicalId, properties) => {
    const name = physicalName(stackName, logicalId);
    const arn = `arn:aws:secretsmanager:${REGION}:${ACCOUNT_ID}:secret:${name}`;
    const { value, override } = secretOf(properties) ?? { value: properties.SecretString ?? name, override: false };
    await secrets.create({ name, arn, initial: value, override });
    return { ref: arn };
  };
