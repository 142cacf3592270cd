import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Fault } from '../../local/endpoint/faults.ts';
import type { StackFile } from '../../local/stack-file.ts';
import { assemblyFolder } from './assembly-folder.ts';
import { eventually } from './eventually.ts';
import { bytesOf, signed } from './notifications.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

export interface StackSettings {
  readonly args?: readonly string[];
  /** The value of FRACTAL_WEBHOOK_TOKENS. */
  readonly tokens?: string;
}

export interface Delivered {
  readonly status: number;
  readonly headers: Headers;
  readonly answer: Readonly<Record<string, string>>;
}

/** A local stack in a process of its own, as `npm start` runs it, on free ports and with its stack file elsewhere. */
export const runStack = async ({ args = [], tokens }: StackSettings = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-stack-'));
  const stackFile = join(folder, 'stack.json');
  const { FRACTAL_WEBHOOK_TOKENS: _, ...env } = process.env;
  const child = spawn(process.execPath, ['local/start.ts', '--assembly', assemblyFolder(), '--stack-file', stackFile, ...args], {
    cwd: PROJECT,
    env: { ...env, PORT: '0', ...(tokens !== undefined && { FRACTAL_WEBHOOK_TOKENS: tokens }) },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = once(child, 'exit');

  const file: StackFile = await eventually(async () => {
    if (child.exitCode !== null) return undefined as never;
    return JSON.parse(await readFile(stackFile, 'utf8'));
  }, 40_000);
  if (!file) throw new Error(`The local stack did not start:\n${output}`);

  const client = {
    endpoint: file.awsEndpointUrl,
    region: file.region,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  };
  const dynamodb = new DynamoDBClient(client);
  const sqs = new SQSClient(client);
  const secrets = new SecretsManagerClient(client);

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
    stackFile,
    client,
    process: child,
    output: () => output,
    post,
    /** Signs the body as Fractal would, and posts it. */
    deliver: (body: string | Uint8Array, token?: string) => post(body, { 'x-fractal-signature': signed(body, token) }),
    /** The item, as plain values; `undefined` if there is none. */
    item: async (pk: string, sk: string) => {
      const Key = { pk: { S: pk }, sk: { S: sk } };
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: file.tableName, Key, ConsistentRead: true }));
      return Item && Object.fromEntries(Object.entries(Item).map(([name, { S, N }]) => [name, S ?? Number(N)]));
    },
    queueDepth: () => depth(file.queueUrl),
    deadLetterDepth: () => depth(file.deadLetterQueueUrl),
    /** Up to ten messages of the dead-letter queue, which stay there. */
    deadLetters: async (): Promise<Message[]> => {
      const look = { QueueUrl: file.deadLetterQueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
      return (await sqs.send(new ReceiveMessageCommand(look))).Messages ?? [];
    },
    putSecret: (SecretString: string) => secrets.send(new PutSecretValueCommand({ SecretId: file.secretId, SecretString })),
    setFaults: async (faults: readonly Partial<Fault>[]): Promise<void> => {
      const response = await fetch(`${file.awsEndpointUrl}/_local/faults`, { method: 'PUT', body: JSON.stringify(faults) });
      if (!response.ok) throw new Error(await response.text());
    },
    /** Ends it as Ctrl-C does, and gives its exit status. */
    stop: async (): Promise<number | null> => {
      child.kill('SIGINT');
      await exited;
      await rm(folder, { recursive: true, force: true });
      return child.exitCode;
    },
  };
};

export type RunningStack = Awaited<ReturnType<typeof runStack>>;
