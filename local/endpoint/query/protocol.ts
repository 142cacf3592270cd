import { xmlAnswer, xmlError } from '../../engines/xml.ts';
import type { AwsRequest, AwsResponse } from '../request.ts';
import { CLOUDWATCH } from './cloudwatch.ts';
import type { Dialect } from './dialect.ts';
import { readForm } from './form.ts';
import { SQS } from './sqs.ts';

const DIALECTS: Readonly<Record<string, Dialect>> = { sqs: SQS, cloudwatch: CLOUDWATCH };

/** A request in the protocol that its service knows, and what turns the answer into the caller's. */
export interface TranslatedRequest {
  readonly request: AwsRequest;
  toCaller(answer: AwsResponse): AwsResponse;
}

/**
 * Lets callers speak the older query protocol, in forms and XML, with services that know JSON alone, as Debian's `aws` does. All
 * that lies between caller and service then sees JSON.
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
  // The code of an error may be another in this protocol; services then say so.
  // https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
  const [code = ''] = (headers['x-amzn-query-error'] ?? headers['x-amzn-errortype'] ?? output.__type ?? '').split(';');
  return xmlError(
    code.replace(/^.*#/, '').replace(/^AccessDeniedException$/, 'AccessDenied'),
    output.message ?? output.Message ?? '',
    status,
  );
};
