import type { Service } from '../endpoint/request.ts';

const PREFIX = { dynamodb: 'DynamoDB_20120810', sqs: 'AmazonSQS' } as const;

/** Asks an engine itself, so that nothing that is injected at the endpoint is in the way. @throws Error if it does not answer 200 */
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
  if (answer.status !== 200) throw new Error(`the engine answers ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body.toString());
};

/** The item of a table as an engine has it now, if it has one. */
export const itemThrough = async (
  serve: Service,
  TableName: string,
  Key: object,
): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const { Item } = await callThrough(serve, 'dynamodb', 'GetItem', { TableName, Key, ConsistentRead: true });
  return Item as Readonly<Record<string, unknown>> | undefined;
};
