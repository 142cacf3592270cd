import * as v from 'valibot';
import { readEnvironment, Text } from './environment.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Stands in for the SDK's chain of credential providers when a function is bundled: Lambda has them in the environment, for as long
 * as the process lives. The files, roles and sign-ins that the chain would also look for would be a third of the bundle.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export const defaultProvider = () => async (): Promise<Credentials> => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = readEnvironment({
    AWS_ACCESS_KEY_ID: Text,
    AWS_SECRET_ACCESS_KEY: Text,
    AWS_SESSION_TOKEN: v.optional(v.string()),
  });
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
};
