import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, GetRandomPasswordCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { pseudoParameters } from '../../emulator/aws/account.ts';
import { readAssembly } from '../../emulator/template/assembly.ts';
import { type Creator, resolveTemplate } from '../../emulator/template/resolve.ts';
import { assemblyFolder } from '../support/once.ts';
import { startMoto } from './moto.ts';

type OutputName = 'QueueUrl' | 'DeadLetterQueueUrl' | 'TableName' | 'SecretId' | 'AlarmTopicArn';

/** Queues, table, secret and topic with the properties of the template, in a new moto server; and clients for them. */
export const startMotoStack = async () => {
  const moto = await startMoto();
  const client = { endpoint: moto.url, region: 'eu-central-1', credentials: { accessKeyId: 'judge', secretAccessKey: 'judge' } };
  const sqs = new SQSClient(client);
  const dynamodb = new DynamoDBClient(client);
  const secrets = new SecretsManagerClient(client);

  const creators: Record<string, Creator> = {
    'AWS::SQS::Queue': async (QueueName, properties) => {
      // CloudFormation's properties have the same names as the SQS attributes, whose values are all text.
      const Attributes = Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : `${value}`]),
      );
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
      const created = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
      return { ref: QueueUrl as string, attributes: { Arn: created.Attributes?.QueueArn as string } };
    },
    'AWS::DynamoDB::Table': async (TableName, { AttributeDefinitions, KeySchema, BillingMode }) => {
      await dynamodb.send(new CreateTableCommand({ TableName, AttributeDefinitions, KeySchema, BillingMode }));
      return { ref: TableName };
    },
    'AWS::SecretsManager::Secret': async (Name, { GenerateSecretString: { SecretStringTemplate, GenerateStringKey } }) => {
      const { RandomPassword } = await secrets.send(new GetRandomPasswordCommand({}));
      const SecretString = JSON.stringify({ ...JSON.parse(SecretStringTemplate), [GenerateStringKey]: RandomPassword });
      return { ref: (await secrets.send(new CreateSecretCommand({ Name, SecretString }))).ARN as string };
    },
    'AWS::SNS::Topic': async (Name) => ({
      ref: (await new SNSClient(client).send(new CreateTopicCommand({ Name }))).TopicArn as string,
    }),
  };
  const { stackName, template } = await readAssembly(assemblyFolder());
  const Resources = Object.fromEntries(Object.entries(template.Resources).filter(([, { Type }]) => Type in creators));
  const Outputs = Object.fromEntries(
    Object.entries(template.Outputs).filter(([, { Value }]) => ((Value as { readonly Ref?: string }).Ref ?? '') in Resources),
  );
  const { outputs } = await resolveTemplate(
    { Resources, Outputs },
    pseudoParameters(stackName),
    (type) => creators[type] as Creator,
  );

  return { ...moto, stackName, client, outputs: outputs as Record<OutputName, string>, sqs, dynamodb, secrets };
};

export type MotoStack = Awaited<ReturnType<typeof startMotoStack>>;
