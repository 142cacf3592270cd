import '../../support/as-npm.ts';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkOtherUrls } from '../../../oncall/doctor/other-urls.ts';
import { aTarget } from '../../support/a-target.ts';

const ANSWERS: Readonly<Record<string, readonly [number, string]>> = {
  '/hooks': [401, '{"error":"signature_missing"}'],
  '/gone': [404, '{"message":"Not Found"}'],
  '/page': [200, '<html></html>'],
  '/accepts': [202, '{"status":"accepted"}'],
};

let server: Server;
let origin: string;
const received: unknown[] = [];

beforeAll(async () => {
  server = createServer(({ url = '', method, headers }, response) => {
    received.push([method, url, headers['x-fractal-signature'], headers['user-agent']]);
    const [status, body] = ANSWERS[url] ?? [500, ''];
    response.writeHead(status).end(body);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => void server.close());

const check = (...otherWebhookUrls: string[]) => Array.fromAsync(checkOtherUrls(aTarget(origin, { otherWebhookUrls })));

const REMEDY =
  'Fractal must not use this URL yet. A domain name needs a DNS record that points to the output DomainTarget. Redeploy the stack: npm run cdk -- deploy S';

describe('another URL', () => {
  test('is the webhook if it refuses an unsigned request', async () => {
    expect(await check(`${origin}/hooks`)).toEqual([
      { check: 'other URL', result: 'ok', says: `${origin}/hooks is the webhook` },
    ]);
    expect(received).toEqual([['POST', '/hooks', undefined, expect.stringMatching(/^fractal-webhooks\//)]]);
  });

  test.each([
    ['/gone', 'is not the webhook: 404 Not Found'],
    [
      '/page',
      "is not the webhook: 200 the response from ORIGIN/page is not the webhook's: check for a proxy, a firewall or a web page",
    ],
    ['/accepts', 'is not the webhook: 202'],
  ])('at %s %s', async (path, says) => {
    const expected = {
      check: 'other URL',
      result: 'wrong',
      says: `${origin}${path} ${says.replace('ORIGIN', origin)}`,
      remedy: REMEDY,
    };
    expect(await check(`${origin}${path}`)).toEqual([expected]);
  });

  test('without a DNS record is reported, and the next one is tested', async () => {
    const [first, second] = await check('https://webhooks.invalid/hooks', `${origin}/hooks`);
    expect(first).toMatchObject({
      result: 'wrong',
      says: expect.stringContaining("https://webhooks.invalid/hooks can't be reached"),
      remedy: REMEDY,
    });
    expect(second).toMatchObject({ result: 'ok' });
  });
});
