import { type RequestOptions, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { REGION } from './account.ts';
import type { AwsRequest, AwsResponse, Service } from './request.ts';

/** The address of an engine, or a function that connects to it. */
export type Route = Pick<RequestOptions, 'host' | 'port' | 'agent' | 'createConnection'>;

const KEPT_HEADERS = ['content-type', 'x-amzn-errortype', 'x-amzn-query-error', 'x-amzn-requestid', 'x-amz-crc32'];

/**
 * Forwards requests to an engine over HTTP.
 *
 * @param accessKeyId the access key for the engine; letters and digits only, for DynamoDB Local
 */
export const forwardTo = (route: Route, accessKeyId = 'local'): Service => {
  // The engines require a signature, but do not verify it.
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
