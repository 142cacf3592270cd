import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** A call to AWS with its body unparsed. */
export interface AwsRequest {
  /** The access key of the signature. Each function has its own; other callers use any. */
  readonly accessKeyId: string;
  readonly service: string;
  /** Such as `SendMessage`. For REST services, method and path: `GET /2015-03-31/event-source-mappings/`. */
  readonly action: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Serves the requests of one AWS service. */
export type Service = (request: AwsRequest) => Promise<AwsResponse>;

const SERVICE_OF_TARGET: Record<string, string> = {
  AmazonSQS: 'sqs',
  DynamoDB_20120810: 'dynamodb',
  secretsmanager: 'secretsmanager',
  GraniteServiceVersion20100801: 'cloudwatch',
  AWSEvents: 'events',
};

const SERVICE_OF_SIGNATURE: Record<string, string> = { monitoring: 'cloudwatch' };

/**
 * Reads caller and service from the signature's credential (`key/date/region/service/…`), and the action from `X-Amz-Target`,
 * the form of the older query protocol, or method and path, as AWS does.
 */
export const readAwsRequest = ({ headers, method, url }: IncomingMessage, body: Buffer): AwsRequest => {
  const [target = '', action] = String(headers['x-amz-target'] ?? '').split('.');
  const [accessKeyId = '', , , signedService = ''] =
    /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1]?.split('/') ?? [];
  return {
    accessKeyId,
    service: SERVICE_OF_TARGET[target] ?? SERVICE_OF_SIGNATURE[signedService] ?? signedService,
    action: action ?? new URLSearchParams(body.toString()).get('Action') ?? `${method} ${url}`,
    headers,
    body,
  };
};

/** An error in AWS's JSON protocols. */
export const awsError = (status: number, type: string, message: string): AwsResponse => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': type },
  body: JSON.stringify({ __type: type, message }),
});

export const awsAnswer = (body: unknown): AwsResponse => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify(body),
});
