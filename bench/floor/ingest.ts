import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

// The floor: the same task with the AWS SDK only. It has timeouts and passes the trace on with the message. No logs, and only a
// bare token for all types.

const { QUEUE_URL, DEAD_LETTER_QUEUE_URL, SECRET_ID } = process.env;
const limits = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_500, socketTimeout: 1_500, throwOnRequestTimeout: true },
};
const sqs = new SQSClient(limits);
const secrets = new SecretsManagerClient(limits);

let token = '';
let tokenExpires = 0;

const currentToken = async (abortSignal: AbortSignal): Promise<string> => {
  if (Date.now() < tokenExpires) return token;
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: SECRET_ID }), { abortSignal });
  token = SecretString.trim();
  tokenExpires = Date.now() + 5 * 60_000;
  if (token === '') throw new Error('no token');
  return token;
};

const isText = (value: unknown): boolean => typeof value === 'string' && value.length > 0 && value.length <= 512;

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const isTime = (value: unknown): boolean =>
  typeof value === 'string' && RFC_3339.test(value) && new Date(value).toISOString().slice(8, 10) === value.slice(8, 10);

const FIELDS: Record<string, Record<string, (value: unknown) => boolean>> = {
  verification_approved: { user_id: isText, level: isText, timestamp: isTime },
  verification_contacted: { user_id: isText, level: isText, timestamp: isTime },
  verification_rejected: { user_id: isText, level: isText, timestamp: isTime },
  credential_shared: { idos_human_id: isText, credential_id: isText, shared_at: isTime },
  email_changed: { user_id: isText, email: isText },
};

const problemOf = (text: string): string | undefined => {
  try {
    const { type, data } = JSON.parse(text);
    const fields = FIELDS[type];
    if (!fields) return 'unknown_type';
    return Object.keys(fields).find((name) => !fields[name]?.(data[name]));
  } catch {
    return 'not_json';
  }
};

const answer = (statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > 128 * 1024) return answer(413, { error: 'body_too_large' });
  const given = Buffer.from(event.headers['x-fractal-signature'] ?? '');
  if (given.length === 0) return answer(401, { error: 'signature_missing' });
  const abortSignal = AbortSignal.timeout(6_000);
  try {
    const expected = Buffer.from(
      `sha1=${createHmac('sha1', await currentToken(abortSignal))
        .update(bytes)
        .digest('hex')}`,
    );
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      return answer(401, { error: 'signature_mismatch' });
    const id = createHash('sha256').update(bytes).digest('hex').slice(0, 24);
    const body = bytes.toString();
    const reason = problemOf(body);
    const message = reason
      ? { id, received_at: Date.now(), reason, body: bytes.toString('base64') }
      : { id, received_at: Date.now(), body, entry: '*', signature_sha256: createHash('sha256').update(given).digest('hex') };
    const QueueUrl = reason ? DEAD_LETTER_QUEUE_URL : QUEUE_URL;
    const StringValue = process.env._X_AMZN_TRACE_ID ?? '';
    await sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: JSON.stringify(message),
        MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue } },
      }),
      { abortSignal },
    );
    return answer(202, reason ? { status: 'parked', id, reason } : { status: 'accepted', id });
  } catch {
    return answer(503, { error: 'unavailable' });
  }
};
