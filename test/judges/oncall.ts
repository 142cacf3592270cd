import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { NOTIFICATION_TYPES } from '../../functions/core/notification.ts';
import { RELEASE } from '../../functions/release.ts';
import { runCommand } from '../support/command-line.ts';
import type { MotoStack } from './moto-stack.ts';

/** Runs `fractal-webhooks --stack NAME` with the stack in moto, as for a stack on AWS: without a stack file. */
export const createOncall = async ({ url, client, stackName, outputs }: MotoStack) => {
  // moto's CloudFormation does not support the whole template, so it creates a stack with only the outputs.
  const all = {
    WebhookUrl: 'https://webhooks.example.com/',
    ConcurrencyNeeded: '0',
    Release: RELEASE,
    NotificationTypes: NOTIFICATION_TYPES.join(),
    ...outputs,
  };
  const Outputs = Object.fromEntries(Object.entries(all).map(([name, Value]) => [name, { Value }]));
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
