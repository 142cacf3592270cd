import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../functions/core/envelope.ts';
import { interpretMessage } from '../../functions/core/interpret-message.ts';
import { recordOf } from '../../functions/core/record.ts';
import { itemAfter } from '../../functions/core/state.ts';
import { bytesOf } from './notifications.ts';
import type { StackInProcess } from './stack-in-process.ts';

export const NOON = Date.parse('2026-10-09T12:00:00Z');
export const SECOND = 1_000;

type Values = Record<string, string | number>;

/** What applies and records deliveries in a stack in process, as apply does. `at` is in seconds after noon. */
export const receiving = (stack: Pick<StackInProcess, 'items' | 'put' | 'historyTableName'>) => {
  return async (body: string, at: number, more: Partial<Envelope> = {}, recordedAfterMs = 5): Promise<void> => {
    await applying(stack)({ id: `d${at}`, receivedAt: NOON + at * SECOND, bytes: bytesOf(body), ...more }, recordedAfterMs);
  };
};

/** Applies and records an envelope. */
export const applying =
  (stack: Pick<StackInProcess, 'items' | 'put' | 'historyTableName'>) =>
  async (envelope: Envelope, recordedAfterMs = 5): Promise<void> => {
    const read = interpretMessage(encodeEnvelope(envelope), envelope.receivedAt);
    if (read.kind !== 'understood') throw new Error(read.problem);
    const { key } = read.state;
    const before = (await stack.items()).find(({ pk, sk }) => pk === key.pk && sk === key.sk);
    if (!read.state.asksNothing) await stack.put({ ...key, ...itemAfter(read.state, before) } as Values);
    const record = recordOf(envelope, read.type, read.state);
    if (record.isKept) {
      const of = { recorded_at: envelope.receivedAt + recordedAfterMs, release: '1.2.0' };
      await stack.put({ ...record.key, ...record.attributes, ...of }, stack.historyTableName);
    }
  };

/** Applies and records what a command puts on the queue, at once. @returns the envelopes so far */
export const applyingAtOnce = (stack: StackInProcess): readonly Envelope[] => {
  const applied: Envelope[] = [];
  stack.intercept(async ({ action, body }) => {
    if (action !== 'SendMessageBatch') return undefined;
    for (const { MessageBody } of JSON.parse(body.toString()).Entries) {
      const envelope = decodeEnvelope(MessageBody) as Envelope;
      applied.push(envelope);
      await applying(stack)(envelope);
    }
    return undefined;
  });
  return applied;
};
