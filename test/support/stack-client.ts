import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Fault } from '../../emulator/faults/fault.ts';
import { plainItem } from '../../functions/plain-item.ts';
import type { StackFile } from '../../local/disk/stack-file.ts';
import { bytesOf, signed } from './notifications.ts';

export interface Delivered {
  readonly status: number;
  readonly headers: Headers;
  readonly answer: Readonly<Record<string, string>>;
}

/** A client for a running local stack, from its stack file. */
export const createStackClient = (file: StackFile) => {
  const client = {
    endpoint: file.awsEndpointUrl,
    region: file.region,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  };
  const dynamodb = new DynamoDBClient(client);
  const sqs = new SQSClient(client);
  const secrets = new SecretsManagerClient(client);
  const lambda = new LambdaClient(client);

  const post = async (body: string | Uint8Array, headers: Record<string, string>): Promise<Delivered> => {
    const response = await fetch(file.webhookUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: bytesOf(body) as Uint8Array<ArrayBuffer>,
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, answer: text ? JSON.parse(text) : {} };
  };

  const depth = async (QueueUrl: string): Promise<number> => {
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
  };

  return {
    ...file,
    dynamodb,
    sqs,
    post,
    /** Signs the body as Fractal does, and posts it. */
    deliver: (body: string | Uint8Array, token?: string) => post(body, { 'x-fractal-signature': signed(body, token) }),
    /** The item as plain values; `undefined` if there is none. */
    item: async (pk: string, sk: string) => {
      const Key = { pk: { S: pk }, sk: { S: sk } };
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: file.tableName, Key, ConsistentRead: true }));
      return Item && plainItem(Item);
    },
    /** Writes an item with text attributes directly, bypassing apply. */
    putItem: (item: Readonly<Record<string, string>>) =>
      dynamodb.send(
        new PutItemCommand({
          TableName: file.tableName,
          Item: Object.fromEntries(Object.entries(item).map(([name, value]) => [name, { S: value }])),
        }),
      ),
    queueDepth: () => depth(file.queueUrl),
    deadLetterDepth: () => depth(file.deadLetterQueueUrl),
    /** Up to ten messages of the dead-letter queue, without deleting them. */
    deadLetters: async (): Promise<Message[]> => {
      const look = { QueueUrl: file.deadLetterQueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
      return (await sqs.send(new ReceiveMessageCommand(look))).Messages ?? [];
    },
    putSecret: (SecretString: string) => secrets.send(new PutSecretValueCommand({ SecretId: file.secretId, SecretString })),
    /** Enables or disables the event source mapping of apply (`sqs`) or publish (`dynamodb`). @returns the mapping's id */
    feed: async (from: 'sqs' | 'dynamodb', Enabled: boolean) => {
      const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
      const UUID = EventSourceMappings.find(({ EventSourceArn }) => EventSourceArn?.includes(`:${from}:`))?.UUID;
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
      return UUID;
    },
    setFaults: async (faults: readonly Partial<Fault>[]): Promise<void> => {
      const response = await fetch(`${file.awsEndpointUrl}/_local/faults`, { method: 'PUT', body: JSON.stringify(faults) });
      if (!response.ok) throw new Error(await response.text());
    },
    /** The response of `/_local/<name>`. */
    view: async <T>(name: string): Promise<T> => {
      const response = await fetch(`${file.awsEndpointUrl}/_local/${name}`);
      return (await response.json()) as T;
    },
  };
};

export type StackClient = ReturnType<typeof createStackClient>;
