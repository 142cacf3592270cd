import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeEnvelope } from '../../functions/core/envelope.ts';
import { eventually } from '../support/eventually.ts';
import { anEmailChange, aVerification, bytesOf, DOCUMENTED, signed } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

const inTwoDays = new Date(Date.now() + 2 * 24 * 3600 * 1000).toISOString();

const NOT_UNDERSTOOD: [string, string | Buffer, string][] = [
  ['an unknown type', '{"type":"verification_paused","data":{}}', 'unknown_type: verification_paused'],
  ['a missing field', '{"type":"email_changed","data":{"user_id":"u"}}', 'missing_field: data.email'],
  ['text that is not JSON', 'my-payload', 'not_json'],
  ['a day that does not exist', aVerification({ timestamp: '2020-02-30T00:00:00Z' }), 'impossible_time: data.timestamp'],
  ['a time two days ahead', aVerification({ timestamp: inTwoDays }), 'time_ahead: data.timestamp'],
  ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x00, 0x22]), 'not_utf8'],
  ['U+FFFE', aVerification({ level: 'ba\uFFFEsic' }), 'not_text'],
  ['an empty body', '', 'empty_body'],
];

describe('what ingest answers', () => {
  let stack: RunningStack;

  beforeAll(async () => {
    stack = await runStack();
  });

  afterAll(() => stack.stop());

  test.each(NOT_UNDERSTOOD)('refuses %s without a valid signature, and leaves both queues empty', async (_, body) => {
    expect(await stack.post(body, {})).toMatchObject({ status: 401, answer: { error: 'signature_missing' } });
    const wrong = { 'x-fractal-signature': DOCUMENTED.signature };
    expect(await stack.post(body, wrong)).toMatchObject({ status: 401, answer: { error: 'signature_mismatch' } });
    expect([await stack.queueDepth(), await stack.deadLetterDepth()]).toEqual([0, 0]);
  });

  test.each(NOT_UNDERSTOOD)('parks signed %s with the reason and the original bytes', async (_, body, reason) => {
    const { status, answer } = await stack.deliver(body);
    expect({ status, answer }).toEqual({ status: 202, answer: { status: 'parked', id: expect.any(String), reason } });
    const envelopes = (await stack.deadLetters()).map(({ Body = '' }) => decodeEnvelope(Body));
    const parked = envelopes.find((envelope) => envelope?.id === answer.id);
    expect(parked?.parked?.reason).toBe(reason);
    expect(Buffer.from(parked?.bytes ?? []).equals(bytesOf(body))).toBe(true);
  });

  test('accepts a body of 128 KiB, and rejects a larger one', async () => {
    const largest = 'x'.repeat(128 * 1024);
    expect(await stack.deliver(largest)).toMatchObject({ status: 202, answer: { reason: 'not_json' } });
    expect(await stack.deliver(`${largest}x`)).toMatchObject({ status: 413, answer: { error: 'body_too_large' } });
  });

  test.each(['application/octet-stream', 'text/plain', 'application/json; charset=utf-8'])(
    'verifies the signature over the raw bytes with content type %s',
    async (type) => {
      const body = aVerification({ level: 'é😀' });
      const answer = await stack.post(body, { 'content-type': type, 'x-fractal-signature': signed(body) });
      expect(answer).toMatchObject({ status: 202, answer: { status: 'accepted' } });
    },
  );
});

describe('tokens', () => {
  let stack: RunningStack;

  beforeAll(async () => {
    stack = await runStack({ tokens: '{"*":["new","old"],"email_changed":"own"}' });
  });

  afterAll(() => stack.stop());

  test('for one type are valid for that type only', async () => {
    expect(await stack.deliver(anEmailChange(), 'own')).toMatchObject({ status: 202, answer: { status: 'accepted' } });
    expect(await stack.deliver(aVerification(), 'own')).toMatchObject({ status: 401, answer: { error: 'signature_mismatch' } });
    expect(await stack.deliver(anEmailChange(), 'new')).toMatchObject({ status: 401, answer: { error: 'signature_mismatch' } });
  });

  test('that are previous ones are still valid', async () => {
    expect(await stack.deliver(aVerification(), 'new')).toMatchObject({ status: 202 });
    expect(await stack.deliver(aVerification(), 'old')).toMatchObject({ status: 202 });
  });

  test('that were added are valid without a restart, and removed ones are not', async () => {
    await stack.putSecret('{"*":["newest","new"],"email_changed":"own"}');
    await eventually(async () => expect(await stack.deliver(aVerification(), 'newest')).toMatchObject({ status: 202 }));
    expect(await stack.deliver(aVerification(), 'new')).toMatchObject({ status: 202 });
    expect(await stack.deliver(aVerification(), 'old')).toMatchObject({ status: 401 });
  });

  test('that are unavailable cause 503, not 401', async () => {
    const fresh = await runStack();
    try {
      await fresh.putSecret('');
      expect(await fresh.deliver(aVerification())).toMatchObject({ status: 503, answer: { error: 'unavailable' } });
      await eventually(async () => expect(fresh.output()).toContain('unavailable: the secret is empty'));
      await fresh.putSecret(DOCUMENTED.token);
      await eventually(async () => expect(await fresh.deliver(aVerification())).toMatchObject({ status: 202 }));
    } finally {
      await fresh.stop();
    }
  });

  test('are rotated step by step without losing a delivery', async () => {
    const rotating = await runStack({ tokens: '{"*":"first"}' });
    try {
      let token = 'first';
      let rotated = false;
      const answers: number[] = [];
      const underWay: string[] = [];
      // Like Fractal, retries refused deliveries.
      const keepDelivering = async (): Promise<void> => {
        while (!rotated) {
          const body = aVerification();
          await eventually(async () => {
            const signedWith = token;
            underWay.push(signedWith);
            const { status } = await rotating.deliver(body, signedWith);
            underWay.splice(underWay.indexOf(signedWith), 1);
            answers.push(status);
            expect(status).toBe(202);
          });
          await wait(10);
        }
      };
      const deliveries = Promise.all([keepDelivering(), keepDelivering(), keepDelivering()]);
      await rotating.putSecret('{"*":["second","first"]}');
      await wait(500);
      token = 'second';
      await wait(500);
      // "Take the old one out when its last deliveries have come."
      await eventually(async () => expect(underWay).not.toContain('first'));
      await rotating.putSecret('{"*":["second"]}');
      await wait(500);
      rotated = true;
      await deliveries;
      // 503 is ingest's own deadline, on a busy machine.
      expect(answers.filter((status) => status !== 202 && status !== 503)).toEqual([]);
    } finally {
      await rotating.stop();
    }
  });

  test('are not fetched again for each of many invalid signatures', async () => {
    const calls = async () => {
      const all = await stack.view<Record<string, number>>('calls');
      return Object.entries(all).reduce((sum, [name, count]) => (/^Ingest.*GetSecretValue/.test(name) ? sum + count : sum), 0);
    };
    const { pids = [] } =
      (await stack.view<{ name: string; pids: number[] }[]>('processes')).find(({ name }) => /Ingest/.test(name)) ?? {};
    const before = await calls();
    for (let count = 0; count < 300; count += 1) expect((await stack.deliver('flood', `wrong ${count}`)).status).toBe(401);
    expect((await calls()) - before).toBeLessThanOrEqual(pids.length * 7);
  });

  test('that are malformed cause 503, and a log line with the problem but no token', async () => {
    const fresh = await runStack();
    try {
      await fresh.putSecret('{"*":["SUP3RS3CR3T",""]}');
      expect(await fresh.deliver(aVerification(), 'SUP3RS3CR3T')).toMatchObject({ status: 503 });
      await eventually(async () => expect(fresh.output()).toMatch(/unavailable: the secret is neither a bare token nor JSON/));
      expect(fresh.output()).not.toContain('SUP3RS3CR3T');
    } finally {
      await fresh.stop();
    }
  });
});
