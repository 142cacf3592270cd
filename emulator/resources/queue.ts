import { CreateQueueCommand, SetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { ACCOUNT_ID, physicalName, REGION } from '../aws/account.ts';
import type { Creator, Properties } from '../template/resolve.ts';

export interface QueueOptions {
  readonly stackName: string;
  readonly endpointUrl: string;
  /** In seconds; replaces the visibility timeout of queues that have one in the template. */
  readonly visibilityTimeout: number | undefined;
}

/** AWS::SQS::Queue. */
export const createQueue =
  (sqs: SQSClient, { stackName, endpointUrl, visibilityTimeout }: QueueOptions): Creator =>
  async (logicalId, properties) => {
    const QueueName = physicalName(stackName, logicalId);
    const Attributes = attributesOf(properties);
    if (visibilityTimeout !== undefined && 'VisibilityTimeout' in Attributes) {
      Attributes.VisibilityTimeout = String(visibilityTimeout);
    }
    // The SDK sends calls to the origin of a queue's URL, which must be the endpoint of this run.
    const url = `${endpointUrl}/${ACCOUNT_ID}/${QueueName}`;
    try {
      await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    } catch (error) {
      // The queue exists from an earlier run, with other attributes.
      if (!/QueueNameExists|QueueAlreadyExists/.test((error as Error).name)) throw error;
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    }
    return { ref: url, attributes: { Arn: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${QueueName}`, QueueName, QueueUrl: url } };
  };

// CloudFormation's properties have the names of SQS's attributes, whose values are all strings.
const attributesOf = ({ QueueName: _, Tags: __, ...properties }: Properties): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );
