import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { REGION } from '../../emulator/aws/account.ts';
import { chunk } from '../../functions/chunk.ts';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { deliveryId } from '../../functions/ingest/delivery-id.ts';
import { bundle } from '../../infra/bundle.ts';
import type { Stand } from '../stand.ts';
import { callsOf } from './calls.ts';
import { shipped } from './cold-start.ts';
import { bodies } from './events.ts';
import { nextMessage, spawnMeasured } from './processes.ts';

/** One view of the dashboard's dead-letter widget. */
export interface WidgetView {
  readonly messages: number;
  /** Calls to AWS by name, such as `sqs ReceiveMessage`. */
  readonly calls: Readonly<Record<string, number>>;
  /** Over the network, including headers. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** The HTML for CloudWatch. */
  readonly answerBytes: number;
  /** Milliseconds of the invocation in a new process. */
  readonly ms: number;
  readonly shippedBytes: number;
}

const PROJECT = resolve(import.meta.dirname, '../..');

/** Measures a view of this many messages, each for a different user without an item in the table. */
export const measureWidget = async (stand: Stand, messages: number): Promise<WidgetView> => {
  const folder = mkdtempSync(join(tmpdir(), 'fractal-webhooks-bench-'));
  bundle(resolve(PROJECT, 'functions/dead-letters/index.ts'), folder);
  const file = join(folder, 'index.mjs');
  const sqs = new SQSClient({
    endpoint: stand.AWS_ENDPOINT_URL as string,
    region: REGION,
    credentials: { accessKeyId: 'stand', secretAccessKey: 'stand' },
  });
  const deadLetters = bodies(messages).map((body) => {
    const bytes = Buffer.from(body);
    return encodeEnvelope({ id: deliveryId(bytes), receivedAt: Date.now(), bytes });
  });
  for (const part of chunk(deadLetters, 10)) {
    const Entries = part.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: stand.DEAD_LETTER_QUEUE_URL, Entries }));
  }
  const before = await callsOf(stand);
  const { child } = spawnMeasured('network', file, { env: { ACTIONS: 'true', RUNBOOK: 'oncall/RUNBOOK.md' } }, stand, {});
  const { answer, ...measured } = await nextMessage<{ answer: string; ms: number; receivedBytes: number; sentBytes: number }>(
    child,
  );
  if (!answer.includes(`${messages} dead letters`))
    throw new Error(`The widget does not show all messages: ${answer.slice(0, 300)}`);
  const calls = Object.entries(await callsOf(stand))
    .map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return {
    messages,
    calls: Object.fromEntries(calls),
    ...measured,
    answerBytes: Buffer.byteLength(answer),
    shippedBytes: shipped(file),
  };
};
