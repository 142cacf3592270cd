import type { AwsRequest, AwsResponse } from '../../aws/request.ts';
import { xmlAnswer, xmlError } from '../../aws/xml.ts';
import { CLOUDWATCH } from './cloudwatch.ts';
import type { Dialect } from './dialect.ts';
import { readForm } from './form.ts';
import { SQS } from './sqs.ts';

const DIALECTS: Readonly<Record<string, Dialect>> = { sqs: SQS, cloudwatch: CLOUDWATCH };

/** A request in the protocol of its service. `toCaller` translates the answer into the caller's protocol. */
export interface TranslatedRequest {
  readonly request: AwsRequest;
  toCaller(answer: AwsResponse): AwsResponse;
}

/**
 * Translates requests in the older query protocol (forms and XML), which Debian's `aws` uses, for services that support JSON
 * only. Policies, faults and counts then see only JSON.
 */
export const translateRequest = (request: AwsRequest): TranslatedRequest => {
  const { service, action, headers, body } = request;
  if (!/^application\/x-www-form-urlencoded/.test(headers['content-type'] ?? ''))
    return { request, toCaller: (answer) => answer };
  const dialect = DIALECTS[service];
  if (!dialect) return { request, toCaller: (answer) => (isJson(answer) ? inXml(answer, action) : answer) };
  const { Action: _action, Version: _version, ...input } = readForm(body.toString());
  return {
    request: {
      ...request,
      headers: { ...headers, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `${dialect.target}.${action}` },
      body: Buffer.from(JSON.stringify(dialect.read(input))),
    },
    toCaller: (answer) => inXml(answer, action, dialect),
  };
};

const isJson = ({ headers }: AwsResponse): boolean => headers?.['content-type']?.includes('json') ?? false;

const inXml = ({ status, headers = {}, body }: AwsResponse, action: string, dialect?: Dialect): AwsResponse => {
  const output = JSON.parse(body.toString() || '{}');
  if (status === 200) return xmlAnswer(action, dialect?.write(action, output) ?? '');
  // Error codes can differ in this protocol; a header then has the code.
  // https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
  const [code = ''] = (headers['x-amzn-query-error'] ?? headers['x-amzn-errortype'] ?? output.__type ?? '').split(';');
  return xmlError(
    code.replace(/^.*#/, '').replace(/^AccessDeniedException$/, 'AccessDenied'),
    output.message ?? output.Message ?? '',
    status,
  );
};
