import { randomUUID } from 'node:crypto';
import { buildApp } from 'fauxqs';
import { ACCOUNT_ID, REGION } from '../../aws/account.ts';
import type { Engine } from '../../aws/engine.ts';
import type { AwsResponse, Service } from '../../aws/request.ts';
import { pathOf } from '../../aws/s3-path.ts';
import type { DeliveredEvent } from '../eventbridge/delivered-event.ts';

export interface S3Engine extends Engine {
  createBucket(name: string, emitsEvents: boolean): Promise<void>;
  /** @throws Error unless S3 accepts the object */
  putObject(bucket: string, key: string, body: string): Promise<void>;
  /** Called for each event of a bucket that sends its events to EventBridge. */
  onEvent: (event: DeliveredEvent) => Promise<void>;
}

/** S3 in this process, in memory, not reachable from outside. */
export const createS3 = (): S3Engine => {
  const app = buildApp({ logger: false, defaultRegion: REGION });
  const emitting = new Set<string>();

  const call = async (method: string, url: string, headers: Record<string, string>, payload: Buffer): Promise<AwsResponse> => {
    const options = { method: method as 'GET', url, headers: { host: 'localhost', ...headers }, payload };
    const { statusCode, headers: answered, rawPayload } = await app.inject(options);
    const kept = Object.entries(answered).flatMap(([name, value]) =>
      /^(content-type|etag|x-amz-.*)$/.test(name) ? [[name, String(value)]] : [],
    );
    const [bucket, ...key] = pathOf(url);
    if (method === 'PUT' && statusCode === 200 && key.length > 0 && emitting.has(bucket))
      await engine.onEvent(created(bucket, key.join('/'), payload.length));
    return { status: statusCode, headers: Object.fromEntries(kept), body: rawPayload };
  };

  const serve: Service = ({ action, headers, body }) => {
    const [method = '', url = ''] = action.split(' ');
    const kept = Object.entries(headers).flatMap(([name, value]) =>
      /^(content-|x-amz-(?!security))/.test(name) && name !== 'content-length' ? [[name, String(value)]] : [],
    );
    return call(method, url, Object.fromEntries(kept), body);
  };

  const put = async (path: string, body = ''): Promise<void> => {
    const { status, body: answer } = await call('PUT', path, {}, Buffer.from(body));
    if (status !== 200) throw new Error(`S3 answered ${status}: ${answer}`);
  };

  const engine: S3Engine = {
    serve,
    createBucket: async (name, emitsEvents) => {
      await put(`/${name}`);
      if (emitsEvents) emitting.add(name);
    },
    putObject: (bucket, key, body) => put(`/${bucket}/${key}`, body),
    onEvent: async () => {},
    stop: () => app.close(),
  };
  return engine;
};

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
const created = (bucket: string, key: string, size: number): DeliveredEvent => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Object Created',
  source: 'aws.s3',
  account: ACCOUNT_ID,
  time: `${new Date().toISOString().slice(0, 19)}Z`,
  region: REGION,
  resources: [`arn:aws:s3:::${bucket}`],
  detail: { version: '0', bucket: { name: bucket }, object: { key, size }, reason: 'PutObject' },
});
