import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseUnforwarded } from '../../../functions/core/forwarded.ts';
import { ATTEMPTS, createForward } from '../../../functions/forward/forward.ts';
import { postEvent } from '../../../functions/forward/post.ts';

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 0, 1);
const BODY = JSON.stringify({
  source: 'fractal-webhooks',
  'detail-type': 'verification_approved',
  detail: { version: 1, id: 'change', user_id: '42', level: 'plus', status: 'approved', as_of: 5, previous: null },
});

let server: Server;
let answer: number;
let received: number;
let port: number;
let now: number;

const listen = async () => {
  server = createServer((request, response) => {
    received += 1;
    request.resume();
    response.writeHead(answer).end();
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
};
const close = async () => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
};

beforeEach(async () => {
  [answer, received, port, now] = [204, 0, 0, START];
  await listen();
});

afterEach(close);

/** The queue, whose time passes at once: each attempt is made when the message is visible again. */
const deliver = async (before: (minutes: number) => Promise<void> = async () => {}) => {
  const letters: string[] = [];
  let pause = 0;
  const forward = createForward({
    post: (request) => postEvent(`http://127.0.0.1:${port}/`, request),
    secrets: async () => ['c2VjcmV0'],
    exists: async () => true,
    postpone: async (_, seconds) => {
      pause = seconds;
    },
    setAside: async (body) => void letters.push(body),
    tell: async () => {},
    describe: String,
    now: () => now,
  });
  for (let attempt = 1; ; attempt += 1) {
    await before((now - START) / MINUTE_MS);
    const result = await forward({ messageId: 'm', receiptHandle: 'h', body: BODY, attempt, sentAt: START });
    if (result.kind !== 'failed') return { kind: result.kind, attempt, letters, hours: (now - START) / MINUTE_MS / 60 };
    now += pause * 1_000;
  }
};

describe('a backend', () => {
  test('that is down for ten minutes gets the event soon after', async () => {
    await close();
    const delivered = await deliver(async (minutes) => {
      if (minutes >= 10 && !server.listening) await listen();
    });
    expect(delivered).toMatchObject({ kind: 'forwarded', attempt: 6, letters: [] });
    expect(delivered.hours * 60).toBeLessThan(11);
    expect(received).toBe(1);
  });

  test('that answers 500 for ever is tried for a day, and the event says why it waits for a person', async () => {
    answer = 500;
    const delivered = await deliver();
    expect(delivered).toMatchObject({ kind: 'set_aside', attempt: ATTEMPTS });
    expect(delivered.hours).toBeGreaterThan(20);
    expect(received).toBe(ATTEMPTS);
    const [letter = ''] = delivered.letters;
    expect(parseUnforwarded(letter)).toMatchObject({ problem: 'answered 500', attempts: ATTEMPTS, since: START });
  });
});
