import { CreateQueueCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startEndpoint } from '../../emulator/endpoint/endpoint.ts';
import { startSqs } from '../../emulator/engines/sqs/fauxqs.ts';
import { localClient } from './local-client.ts';

/** SQS behind the local endpoint, without queues at first. */
export const startQueues = async () => {
  const endpoint = await startEndpoint();
  const config = localClient(endpoint.url);
  const sqs = await startSqs(config.region, undefined);
  endpoint.services.set('sqs', sqs.serve);
  const client = new SQSClient(config);
  return {
    client,
    /** @returns the URL of the queue */
    create: async (QueueName: string): Promise<string> =>
      (await client.send(new CreateQueueCommand({ QueueName }))).QueueUrl as string,
    receive: async (QueueUrl: string): Promise<Message[]> => {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'], MaxNumberOfMessages: 10 }),
      );
      return Messages;
    },
    stop: async (): Promise<void> => {
      await endpoint.stop();
      await sqs.stop();
    },
  };
};
