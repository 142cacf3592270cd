import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { runCommand } from '../support/command-line.ts';
import type { MotoStack } from './moto-stack.ts';

/** `fractal-webhooks --stack NAME` for the stack in moto, with no stack file, as it is used for one on AWS. */
export const createOncall = async ({ url, client, stackName, outputs }: MotoStack) => {
  // moto's CloudFormation can't make all of our template: it makes a stack that has the outputs alone.
  const Outputs = Object.fromEntries(
    Object.entries({ WebhookUrl: 'https://webhooks.example.com/', ConcurrencyNeeded: '0', ...outputs }).map(([name, Value]) => [
      name,
      { Value },
    ]),
  );
  const TemplateBody = JSON.stringify({ Resources: { Topic: { Type: 'AWS::SNS::Topic' } }, Outputs });
  await new CloudFormationClient(client).send(new CreateStackCommand({ StackName: stackName, TemplateBody }));

  return (...args: string[]) =>
    runCommand([...args, '--stack', stackName], {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: client.region,
      AWS_ACCESS_KEY_ID: client.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: client.credentials.secretAccessKey,
    });
};
