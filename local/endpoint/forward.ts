import { type RequestOptions, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { REGION } from '../account.ts';
import type { AwsRequest, AwsResponse, Service } from './request.ts';

/** How an engine is reached: where it listens, or what makes a connection to it. */
export type Route = Pick<RequestOptions, 'host' | 'port' | 'agent' | 'createConnection'>;

const KEPT_HEADERS = ['content-type', 'x-amzn-errortype', 'x-amzn-query-error', 'x-amzn-requestid', 'x-amz-crc32'];

/**
 * Hands requests on to an engine that speaks HTTP.
 *
 * @param accessKeyId which the engine sees as the caller's: letters and digits only, for DynamoDB Local
 */
export const forwardTo = (route: Route, accessKeyId = 'local'): Service => {
  // The engines verify no signature, but want one.
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20000101/${REGION}/local/aws4_request, SignedHeaders=host, Signature=local`;
  return ({ headers, body }: AwsRequest) =>
    new Promise<AwsResponse>((resolve, reject) => {
      const outgoing = request(
        {
          ...route,
          method: 'POST',
          path: '/',
          headers: {
            host: headers.host ?? '',
            'content-type': headers['content-type'] ?? 'application/x-amz-json-1.0',
            'content-length': body.length,
            'x-amz-target': headers['x-amz-target'] ?? '',
            'x-amz-date': headers['x-amz-date'] ?? '',
            authorization,
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
