import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Target } from './target.ts';

/** The ARN of the principal that runs this command. AWS answers this to every principal. */
export const callerOf = async ({ client }: Target): Promise<string> => {
  const { Arn = 'unknown' } = await new STSClient(client).send(new GetCallerIdentityCommand());
  return Arn;
};
