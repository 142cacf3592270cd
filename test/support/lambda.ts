import fs from 'node:fs';
import type { APIGatewayProxyEventV2, Context, SQSEvent } from 'aws-lambda';

/** The context of the invocation `lambda-request` with this remaining time, in milliseconds. */
export const aContext = (remainingMs = 7_000): Context => {
  const deadline = Date.now() + remainingMs;
  return { awsRequestId: 'lambda-request', getRemainingTimeInMillis: () => deadline - Date.now() } as Context;
};

/** The API Gateway event of the request `api-request`, with only the fields that ingest reads. */
export const aRequest = (parts: Partial<APIGatewayProxyEventV2>): APIGatewayProxyEventV2 =>
  ({
    version: '2.0',
    headers: {},
    requestContext: { requestId: 'api-request' },
    isBase64Encoded: false,
    ...parts,
  }) as APIGatewayProxyEventV2;

/** An SQS event of Lambda. The message ids are m1, m2 … */
export const aBatch = (...bodies: readonly (string | undefined)[]): SQSEvent =>
  ({ Records: bodies.map((body, index) => ({ messageId: `m${index + 1}`, body })) }) as SQSEvent;

/** Returns what functions log while `work` runs. */
export const logged = async (work: () => Promise<unknown>): Promise<string> => {
  const { writeSync } = fs;
  const lines: string[] = [];
  fs.writeSync = ((...args: Parameters<typeof writeSync>) => {
    const [file, line] = args;
    if (file !== 1) return writeSync(...args);
    lines.push(String(line));
    return Buffer.byteLength(line);
  }) as typeof writeSync;
  try {
    await work();
  } finally {
    fs.writeSync = writeSync;
  }
  return lines.join('');
};
