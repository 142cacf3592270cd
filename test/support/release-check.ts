import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { RunningStack } from './running-stack.ts';

/** The response to CloudFormation. */
export interface Response {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
}

interface ReleaseCheckSettings {
  readonly type?: 'Create' | 'Update' | 'Delete';
  /** The versions of all functions, and those before the update. */
  readonly version?: number;
  readonly former?: number;
}

/** Runs the release check as CloudFormation does. @returns its response */
export const runReleaseCheck = async (
  stack: RunningStack,
  { type = 'Update', version = 2, former = 1 }: ReleaseCheckSettings = {},
): Promise<Response> => {
  const names = (await stack.view<{ name: string }[]>('processes')).map(({ name }) => name);
  const named = (pattern: RegExp) => names.find((name) => pattern.test(name)) as string;
  const propertiesOf = (number: number) => {
    const versionOf = (pattern: RegExp) => `arn:aws:lambda:${stack.region}:000000000000:function:${named(pattern)}:${number}`;
    return { Ingest: versionOf(/-Ingest/), Apply: versionOf(/-Apply/), Publish: versionOf(/Publish/), Alias: 'live' };
  };
  const bucket = createServer();
  await new Promise<void>((ready) => bucket.listen(0, '127.0.0.1', ready));
  const sent = once(bucket, 'request').then(async ([request, response]) => {
    const body = await text(request);
    response.end();
    return JSON.parse(body);
  });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const event = {
    RequestType: type,
    ResponseURL: `http://127.0.0.1:${(bucket.address() as AddressInfo).port}/`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'ReleaseProof',
    ...(type !== 'Create' && { PhysicalResourceId: 'ReleaseProof' }),
    ...(type === 'Update' && { OldResourceProperties: propertiesOf(former) }),
    ResourceProperties: propertiesOf(version),
  };
  await new LambdaClient({ endpoint: stack.awsEndpointUrl, region: stack.region, credentials }).send(
    new InvokeCommand({ FunctionName: named(/ReleaseCheck/), Payload: JSON.stringify(event) }),
  );
  const answer = await sent;
  bucket.close();
  return answer;
};
