import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { signed } from '../support/notifications.ts';
import { type Journal, keyOf } from './journal.ts';
import type { Planned } from './plan.ts';

export interface SenderSettings {
  readonly url: string;
  readonly token: string;
  /** The speed of the retry schedule, as a multiple of Fractal's. */
  readonly speed: number;
  /** Concurrent requests. */
  readonly concurrency: number;
}

export interface Sent {
  delivered: number;
  acknowledged: number;
  retries: number;
  givenUp: number;
}

// Fractal's schedule: twenty attempts, with a pause of 20 s that doubles each time, up to a day.
const TRIES = 20;
const pauseAfter = (tries: number, speed: number): number => (Math.min(20 * 2 ** (tries - 1), 86_400) * 1_000) / speed;

// The limit of deliveries in progress, including those that wait for a retry. Keeps the memory constant.
const WAITING_AT_MOST = 1_000;
const HANGS_UP_AFTER_MS = 10_000;

/** Delivers a plan as Fractal does, with retries until the answer is 2xx. Updates the counts in `sent`. */
export const sendAll = async (plan: Iterator<Planned>, journal: Journal, sent: Sent, settings: SenderSettings): Promise<void> => {
  const { token, speed, concurrency } = settings;
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const addressesUnderWay = new Map<string, Promise<void>>();

  const deliver = async (planned: Planned): Promise<void> => {
    const signature = signed(planned.body, token);
    for (let tries = 1; tries <= TRIES; tries += 1) {
      journal.sending(planned);
      const answer = await post(settings.url, agent, planned.body, signature);
      sent.delivered += 1;
      if (answer) {
        sent.acknowledged += 1;
        return journal.acknowledged(planned, answer);
      }
      sent.retries += 1;
      await wait(pauseAfter(tries, speed));
    }
    sent.givenUp += 1;
  };

  // A user's addresses are sent one at a time, so that the last received one is known.
  const inTurn = async (planned: Planned): Promise<void> => {
    const key = planned.expected?.order === 'receipt' ? keyOf(planned.expected) : undefined;
    if (key === undefined) return deliver(planned);
    const turn = (addressesUnderWay.get(key) ?? Promise.resolve()).then(() => deliver(planned));
    addressesUnderWay.set(key, turn);
    await turn;
    if (addressesUnderWay.get(key) === turn) addressesUnderWay.delete(key);
  };

  const lane = async (): Promise<void> => {
    for (let next = plan.next(); !next.done; next = plan.next()) await inTurn(next.value);
  };
  await Promise.all(Array.from({ length: WAITING_AT_MOST }, lane));
  agent.destroy();
};

/** The answer if it is 2xx within Fractal's timeout of ten seconds; otherwise `undefined`. */
const post = (url: string, agent: Agent, body: string, signature: string) =>
  new Promise<{ status: string; id: string } | undefined>((resolve) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-fractal-signature': signature,
    };
    const outgoing = request(url, { agent, method: 'POST', headers, timeout: HANGS_UP_AFTER_MS }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk) => {
        text += chunk;
      });
      incoming.on('error', () => resolve(undefined));
      incoming.on('end', () => resolve(Math.floor((incoming.statusCode ?? 0) / 100) === 2 ? JSON.parse(text) : undefined));
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(undefined));
    outgoing.end(body);
  });
