import * as v from 'valibot';
import { readEnvironment, Text } from './environment.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Replaces the SDK's credential provider chain in a function's bundle: on Lambda, credentials are environment variables that
 * stay valid for the life of the process, so they are read once. The rest of the chain (files, roles, sign-in) would be a third
 * of the bundle.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export const defaultProvider = () => {
  let credentials: Credentials | undefined;
  return async (): Promise<Credentials> => {
    credentials ??= credentialsOfEnvironment();
    return credentials;
  };
};

const credentialsOfEnvironment = (): Credentials => {
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
