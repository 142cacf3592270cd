import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { readParts } from '../functions/core/stack-contract.ts';
import { deploy, SETTINGS } from './called.ts';
import { CannotRunError } from './failure.ts';
import { describeParts, LIMITS, type Target } from './target.ts';

const LAG_MS = 60_000;

// The counts of an emulator do not lag.
const isOnThisMachine = (url: string | undefined): boolean => /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(url ?? '');

/** The deployed stack with this name. @throws CannotRunError if there is none, or if it is not a fractal-webhooks stack */
export const findDeployed = async (stack: string, region: string | undefined): Promise<Target> => {
  const client = { ...LIMITS, ...(region !== undefined && { region }) };
  const { Stacks } = await new CloudFormationClient(client)
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch((error: Error) => {
      if (!/does not exist/.test(error.message)) throw error;
      throw new CannotRunError(
        `There is no stack "${stack}" in this account and region. List the stacks with: aws cloudformation list-stacks`,
      );
    });
  const outputs = Object.fromEntries(
    Stacks?.[0]?.Outputs?.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]) ?? [],
  );
  const parts = readParts(outputs);
  if (!parts) throw new CannotRunError(`The stack "${stack}" is not a fractal-webhooks stack: its outputs are missing.`);
  return {
    ...describeParts(parts),
    lagMs: isOnThisMachine(process.env.AWS_ENDPOINT_URL) ? 0 : LAG_MS,
    deployed: true,
    options: ` --stack ${stack}${region === undefined ? '' : ` --region ${region}`}`,
    awsOptions: region === undefined ? '' : ` --region ${region}`,
    deployAgain: `Redeploy the stack: ${deploy(stack)}`,
    recreate: `${deploy(stack)} --revert-drift`,
    remedy: (change) => `${change} in ${SETTINGS}, and deploy: ${deploy(stack)}`,
    client,
  };
};
