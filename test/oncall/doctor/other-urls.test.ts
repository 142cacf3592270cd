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
  '/busy': [429, '{"message":"Too Many Requests"}'],
  '/down': [503, '{"message":"Service Unavailable"}'],
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

const OF_DOMAIN = 'If it is the URL of a domain name, its DNS record must point to the output DomainTarget';
const DEPLOY = `${OF_DOMAIN}. Otherwise: Redeploy the stack: npm run cdk -- deploy S`;

describe('another URL', () => {
  test('is ok if it refuses an unsigned request', async () => {
    const says = `${origin}/hooks refuses unsigned requests, as the webhook does`;
    expect(await check(`${origin}/hooks`)).toEqual([{ check: 'other URL', result: 'ok', says }]);
    expect(received).toEqual([['POST', '/hooks', undefined, expect.stringMatching(/^fractal-webhooks\//)]]);
  });

  test.each([
    ['/gone', 'wrong', '404 Not Found, which is not an answer of the webhook', DEPLOY],
    [
      '/page',
      'wrong',
      "200 the response from ORIGIN/page is not the webhook's: check for a proxy, a firewall or a web page, which is not an answer of the webhook",
      DEPLOY,
    ],
    ['/accepts', 'wrong', '202, which is not an answer of the webhook', DEPLOY],
    [
      '/busy',
      'unknown',
      '429 Too Many Requests',
      'Requests are throttled. Retry, or see throttled-requests in oncall/RUNBOOK.md.',
    ],
    ['/down', 'wrong', '503 Service Unavailable', 'See server-errors in oncall/RUNBOOK.md.'],
  ])('at %s is %s', async (path, result, says, remedy) => {
    const expected = { check: 'other URL', result, says: `${origin}${path}: ${says.replace('ORIGIN', origin)}`, remedy };
    expect(await check(`${origin}${path}`)).toEqual([expected]);
  });

  test('without a DNS record is reported, and the next one is tested', async () => {
    const [first, second] = await check('https://webhooks.invalid/hooks', `${origin}/hooks`);
    expect(first).toMatchObject({
      result: 'wrong',
      says: expect.stringContaining("https://webhooks.invalid/hooks can't be reached"),
      remedy: `${OF_DOMAIN}. Until it works, use another URL at Fractal.`,
    });
    expect(second).toMatchObject({ result: 'ok' });
  });
});
