import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { REGION } from '../account.ts';
import type { AwsRequest, AwsResponse, Service } from './request.ts';

const KEPT_HEADERS = ['content-type', 'x-amzn-errortype', 'x-amzn-query-error', 'x-amzn-requestid', 'x-amz-crc32'];

// The engines verify no signature, but want one: fauxqs reads the region from it, and DynamoDB Local takes a key of letters
// and digits only.
const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=local/20000101/${REGION}/local/aws4_request, SignedHeaders=host, Signature=local`;

/** Hands requests on to an engine that listens on this port of this machine. */
export const forwardTo = (port: number): Service => {
  const agent = new Agent({ keepAlive: true });
  return ({ headers, body }: AwsRequest) =>
    new Promise<AwsResponse>((resolve, reject) => {
      const outgoing = request(
        {
          agent,
          host: '127.0.0.1',
          port,
          method: 'POST',
          path: '/',
          headers: {
            host: headers.host ?? '',
            'content-type': headers['content-type'] ?? 'application/x-amz-json-1.0',
            'content-length': body.length,
            'x-amz-target': headers['x-amz-target'] ?? '',
            'x-amz-date': headers['x-amz-date'] ?? '',
            authorization: AUTHORIZATION,
          },
        },
        async (incoming) => {
          const answered = await buffer(incoming).catch(reject);
          if (!answered) return;
          const kept = KEPT_HEADERS.flatMap((name) => (incoming.headers[name] ? [[name, String(incoming.headers[name])]] : []));
          resolve({ status: incoming.statusCode ?? 500, headers: Object.fromEntries(kept), body: answered });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
};
