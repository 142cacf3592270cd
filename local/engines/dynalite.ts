import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { forwardTo } from '../endpoint/forward.ts';
import type { AwsRequest, AwsResponse, Service } from '../endpoint/request.ts';
import type { Engine } from './engine.ts';

/** DynamoDB in this process. @param dataDir where items are kept across restarts; without it, in memory */
export const startDynalite = async (dataDir: string | undefined): Promise<Engine> => {
  const server = dynalite({ createTableMs: 0, ...(dataDir && { path: dataDir }) });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    serve: withItemOnFailedCondition(forwardTo(port)),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};

// DynamoDB hands back the item that failed a condition, when asked with ReturnValuesOnConditionCheckFailure; dynalite does not.
const withItemOnFailedCondition =
  (serve: Service): Service =>
  async (request) => {
    const answer = await serve(request);
    if (answer.status !== 400 || !answer.body.includes('ConditionalCheckFailedException')) return answer;
    const { TableName, Key, ReturnValuesOnConditionCheckFailure } = JSON.parse(request.body.toString());
    if (ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') return answer;
    const { Item } = JSON.parse((await serve(getItem(request, { TableName, Key, ConsistentRead: true }))).body.toString());
    return replaceBody(answer, JSON.stringify({ ...JSON.parse(answer.body.toString()), Item }));
  };

const getItem = (request: AwsRequest, input: unknown): AwsRequest => ({
  ...request,
  action: 'GetItem',
  headers: { ...request.headers, 'x-amz-target': 'DynamoDB_20120810.GetItem' },
  body: Buffer.from(JSON.stringify(input)),
});

const replaceBody = ({ status, headers }: AwsResponse, body: string): AwsResponse => {
  const { 'x-amz-crc32': _checksumOfTheOldBody, ...others } = headers ?? {};
  return { status, headers: others, body };
};
