import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeliveredEvent } from '../../emulator/index.ts';
import { createForwarder } from '../../local/forward-events.ts';
import { eventually } from '../support/eventually.ts';

const anEvent = (id: string) => ({ id, detail: {} }) as DeliveredEvent;

let answers: (id: string, request: number) => number;
let received: string[];
let said: string[];
let tried: [string, string | undefined][];
let url: string;

const server = createServer(async (request, response) => {
  const { id } = JSON.parse((await text(request)) || '{}');
  received.push(`${request.method} ${request.url} ${id}`);
  response.writeHead(answers(id, received.length), { location: '/elsewhere' }).end();
});

const forwarder = (firstPauseMs: number) =>
  createForwarder(url, { say: (problem) => said.push(problem), tried: (id, problem) => tried.push([id, problem]), firstPauseMs });

beforeEach(async () => {
  tried = [];
  received = [];
  said = [];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('forwarding events', () => {
  test.each([301, 302, 307])('does not follow %d, which would lose the event, and retries', async (redirect) => {
    answers = (_, request) => (request === 1 ? redirect : 204);
    forwarder(1).forward(anEvent('a'));
    await eventually(async () => expect(received).toEqual(['POST /hook a', 'POST /hook a']));
    expect(said).toEqual([`${url} answered ${redirect}. Retrying the event a in 0.001 s.`]);
    await eventually(async () =>
      expect(tried).toEqual([
        ['a', `answered ${redirect}`],
        ['a', undefined],
      ]),
    );
  });

  test('gives an event up after thirty attempts, while the next is sent', async () => {
    answers = (id) => (id === 'a' ? 500 : 204);
    const { forward } = forwarder(0);
    for (const id of ['a', 'b']) forward(anEvent(id));
    await eventually(async () => expect(said.at(-1)).toBe(`${url} answered 500. The event a is given up after 30 attempts.`));
    expect(received.filter((one) => one === 'POST /hook a')).toHaveLength(30);
    expect(received.indexOf('POST /hook b')).toBe(1);
  });
});
