import type { Service } from '../endpoint/request.ts';

const HEADERS = {
  host: 'local',
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': 'DynamoDB_20120810.GetItem',
  'x-amz-date': '20000101T000000Z',
};

/** The item of a table as an engine has it now, if it has one. */
export const itemThrough = async (
  serve: Service,
  TableName: string,
  Key: object,
): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const body = Buffer.from(JSON.stringify({ TableName, Key, ConsistentRead: true }));
  const answer = await serve({ accessKeyId: 'local', service: 'dynamodb', action: 'GetItem', headers: HEADERS, body });
  if (answer.status !== 200) throw new Error(`the engine answers ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body.toString()).Item;
};
