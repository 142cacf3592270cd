import { userInfo } from 'node:os';
import type { Target } from '../target.ts';

/** Who runs this command: the ARN of the principal at AWS; the user of this machine for a local stack. */
export const callerOf = async ({ client, deployed }: Target): Promise<string> => {
  if (!deployed) return userInfo().username;
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const { Arn = 'unknown' } = await new STSClient(client).send(new GetCallerIdentityCommand());
  return Arn;
};
