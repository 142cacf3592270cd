import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { awsAnswer, awsError, type Service } from '../../emulator/aws/request.ts';
import { startEndpoint } from '../../emulator/endpoint/endpoint.ts';
import { createSecretsManager } from '../../emulator/engines/secrets/secrets-manager.ts';
import { localClient } from './local-client.ts';

/**
 * A Secrets Manager with one secret, behind the local endpoint. `state.calls` counts calls; `state.down` makes them fail,
 * `state.binary` returns a binary value, which the local Secrets Manager does not store.
 */
export const startSecrets = async (initial: string) => {
  const endpoint = await startEndpoint();
  const secrets = await createSecretsManager(undefined);
  await secrets.create({ name: 'tokens', arn: 'arn:tokens', initial, override: true });
  const state = { calls: 0, down: false, binary: false };
  const serve: Service = async (request) => {
    state.calls += 1;
    if (state.binary) return awsAnswer({ SecretBinary: 'eA==' });
    return state.down ? awsError(500, 'InternalServiceError', 'down') : secrets.serve(request);
  };
  endpoint.services.set('secretsmanager', serve);
  const client = new SecretsManagerClient(localClient(endpoint.url));
  return {
    client,
    url: endpoint.url,
    /** Wraps the service from now on. */
    around: (wrap: (serve: Service) => Service) => endpoint.services.set('secretsmanager', wrap(serve)),
    state,
    put: (initial: string) => secrets.create({ name: 'tokens', arn: 'arn:tokens', initial, override: true }),
    stop: () => endpoint.stop(),
  };
};
