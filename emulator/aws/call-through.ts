import type { Service } from './request.ts';

const PREFIX = { dynamodb: 'DynamoDB_20120810', sqs: 'AmazonSQS' } as const;

/** Calls an engine directly, without the endpoint's faults and policies. @throws Error if the status is not 200 */
export const callThrough = async (
  serve: Service,
  service: keyof typeof PREFIX,
  action: string,
  input: object,
): Promise<Readonly<Record<string, unknown>>> => {
  const headers = {
    host: 'local',
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `${PREFIX[service]}.${action}`,
    'x-amz-date': '20000101T000000Z',
  };
  const answer = await serve({ accessKeyId: 'local', service, action, headers, body: Buffer.from(JSON.stringify(input)) });
  if (answer.status !== 200) throw new Error(`the engine answered ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body.toString());
};

/** Reads an item of a table directly from an engine. */
export const itemThrough = async (
  serve: Service,
  TableName: string,
  Key: object,
): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const { Item } = await callThrough(serve, 'dynamodb', 'GetItem', { TableName, Key, ConsistentRead: true });
  return Item as Readonly<Record<string, unknown>> | undefined;
};
