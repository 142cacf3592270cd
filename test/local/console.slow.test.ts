import { once } from 'node:events';
import { request } from 'node:http';
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { CHROMIUM } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';
import type { Json } from '../support/templates.ts';

let stack: RunningStack;
let consoleUrl: string;

/** A team's own alarm may have no description. */
const withoutDescription = ({ Resources }: Json): void => {
  const alarm = Object.values<Json>(Resources).find(({ Properties }) =>
    /table-throttled/.test(JSON.stringify(Properties?.AlarmName)),
  );
  delete alarm?.Properties.AlarmDescription;
};

beforeAll(async () => {
  stack = await runStack({ change: withoutDescription });
  consoleUrl = stack.consoleUrl as string;
});

afterAll(() => stack.stop());

/** What the console answers to a request with these headers. */
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<number> =>
  new Promise((answered, failed) => {
    request(new URL(path, consoleUrl), { headers, method }, (response) => {
      response.resume();
      answered(response.statusCode ?? 0);
    })
      .on('error', failed)
      .end(method === 'GET' ? undefined : '{}');
  });

describe('the console serves only its own page', () => {
  const own = () => ({ origin: consoleUrl, 'sec-fetch-site': 'same-origin' });

  test('at its own address', async () => {
    expect(await ask('/')).toBe(200);
    expect(await ask('/widget', own(), 'POST')).not.toBe(403);
  });

  test.each([
    ['another name that leads here', { host: 'evil.example' }],
    ['another port', { host: '127.0.0.1:1' }],
    ['a page of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['another page of this machine', { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }],
    ['a sandboxed page', { origin: 'null' }],
  ])('not %s', async (_, headers) => {
    for (const path of ['/', '/dashboard', '/live', '/user?id=1']) expect(await ask(path, headers)).toBe(403);
    for (const path of ['/send', '/widget']) expect(await ask(path, { ...own(), ...headers }, 'POST')).toBe(403);
  });

  test('not a changing request without an origin', async () => {
    expect(await ask('/send', {}, 'POST')).toBe(403);
    expect(await ask('/faults', {}, 'PUT')).toBe(403);
  });
});

(CHROMIUM ? describe : describe.skip)('the console, in a browser,', () => {
  let browser: Browser;
  let page: Page;
  const requested = new Set<string>();
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 1_600, height: 1_000 } });
    page.on('request', (one) => requested.add(new URL(one.url()).origin));
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('dialog', (dialog) => dialog.accept());
    await page.goto(consoleUrl);
  });

  afterAll(() => browser.close());

  const delivery = (text: string) => page.locator('#deliveries details', { hasText: text });
  const widget = () => page.locator('#dashboard > div', { hasText: 'Dead letters' }).first();

  test('shows a delivery as it arrives, with its steps to the event', async () => {
    const body = aVerification({ user: 'arriving', level: 'plus' });
    await stack.deliver(body);
    await delivery('arriving').locator('summary').click();
    for (const step of ['received', 'accepted', /applied|duplicate/, 'event']) {
      await delivery('arriving').locator('.what', { hasText: step }).first().waitFor();
    }
    expect(await delivery('arriving').locator('pre').textContent()).toBe(body);
  });

  test('shows times in ISO 8601, and the commands of the runbook for the local stack', async () => {
    await page.locator('.u-legend').first().waitFor();
    expect(await page.locator('.u-legend').allTextContents()).toEqual(expect.arrayContaining([expect.stringMatching(/^UTC/)]));
    expect((await page.locator('.u-legend').allTextContents()).join()).not.toMatch(/\d[ap]m\b/);
    const sections = (await page.locator('#alarms .runbook').allTextContents()).join('\n');
    expect(sections).toContain('npm run oncall -- doctor\n');
    expect(await page.locator('#alarms .runbook table').count()).toBeGreaterThan(3);
    expect(sections).not.toMatch(/\]\(#|\*\*|^## /m);
    expect(sections).not.toContain('--stack FractalWebhooks');
  });

  test('sends a notification with a valid, an invalid or no signature', async () => {
    const send = async (signature: string): Promise<string> => {
      await page.locator('#answer').evaluate((output) => {
        output.textContent = '';
      });
      await page.selectOption('#send select[name=signature]', signature);
      await page.click('#send button');
      return eventually(async () => {
        const answer = await page.locator('#answer').textContent();
        expect(answer).not.toBe('');
        return answer as string;
      });
    };
    expect(await send('invalid')).toMatch(/^401 .*signature_mismatch/);
    expect(await send('none')).toMatch(/^401 .*signature_missing/);
    for (const type of ['credential_shared', 'email_changed', 'verification_rejected']) {
      await page.selectOption('#send select[name=type]', type);
      expect(await send('valid')).toMatch(/^202 .*accepted/);
    }
  });

  test('shows the state of a user', async () => {
    await stack.deliver(aVerification({ user: 'known', level: 'basic' }));
    await eventually(async () => expect(await stack.item('USER#known', 'LEVEL#basic')).toBeDefined());
    await page.fill('#user input', 'known');
    await page.keyboard.press('Enter');
    await page.locator('#items', { hasText: '"status": "approved"' }).waitFor();
  });

  test('shows the cause of a dead letter, opens it, and redrives it from the widget', async () => {
    await page.fill('#send textarea', '<img src=x onerror="document.title=1"> nonsense');
    await page.click('#send button');
    await widget().locator('td', { hasText: 'parked: not_json' }).waitFor();
    const MessageBody = encodeEnvelope({
      id: 'given-up',
      receivedAt: Date.now(),
      bytes: Buffer.from(aVerification({ user: 'redriven', level: 'plus' })),
    });
    await stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.deadLetterQueueUrl, MessageBody }));
    await widget().getByText('Refresh').click();
    await widget().locator('a', { hasText: 'given-up' }).click();
    await page.locator('#popup', { hasText: 'apply gave up after 5 attempts' }).waitFor();
    await page.keyboard.press('Escape');
    const redrive = widget().getByText('Redrive the 1 that would apply');
    await redrive.focus();
    await page.keyboard.press('Enter');
    await widget().getByText('1 of 1 sent back to the queue.').waitFor();
    await eventually(async () => expect(await stack.item('USER#redriven', 'LEVEL#plus')).toBeDefined());
    expect(await page.title()).not.toBe('1');
  });

  test('leaves the widget with Tab, keeps an opened alarm open, and shows its section of the runbook', async () => {
    const focused = () => page.evaluate('document.activeElement.textContent');
    await widget().getByText('Refresh').focus();
    await page.keyboard.press('Tab');
    expect(await focused()).not.toBe('Refresh');
    const details = page.locator('#alarms details', { hasText: 'FractalWebhooks-apply-throttled' });
    await details.locator('summary').click();
    expect(await details.getAttribute('open')).not.toBeNull();
    expect(await details.locator('.runbook').innerText()).toContain('Messages wait on the queue.');
    const withoutSection = page.locator('#alarms details').filter({ has: page.locator('.runbook:empty') });
    expect(await withoutSection.allTextContents()).toEqual([expect.stringMatching(/^[\w ]+ FractalWebhooks-table-throttled$/)]);
  });

  test('shows an alarm go into ALARM, and return to OK', async () => {
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    const cloudwatch = new CloudWatchClient({ endpoint: stack.awsEndpointUrl, region: stack.region, credentials });
    const AlarmName = 'FractalWebhooks-apply-throttled';
    const state = () => page.locator('#alarms li', { hasText: AlarmName }).locator('.what');
    await eventually(async () => expect(await state().textContent()).toBe('OK'));
    const seen: (string | null)[] = [];
    await eventually(async () => {
      await cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'a test' }));
      seen.push(await state().textContent());
      expect(seen).toContain('ALARM');
    });
    await eventually(async () => expect(await state().textContent()).toBe('OK'));
    // Opened by the test before.
    expect(await page.locator('#alarms details[open]', { hasText: AlarmName }).count()).toBe(1);
  });

  test('draws the graphs of the template', async () => {
    expect(await page.locator('#dashboard .uplot').count()).toBeGreaterThan(8);
    await page.locator('#dashboard h3', { hasText: 'Time from receipt to table (ms)' }).waitFor();
  });

  test('injects and removes a fault', async () => {
    const box = page.getByLabel('The queue rejects messages');
    await box.check();
    await eventually(async () => expect((await stack.deliver(aVerification())).status).toBe(503));
    await box.uncheck();
    await eventually(async () => expect((await stack.deliver(aVerification())).status).toBe(202));
  });

  test.each([400, 1_600])('fits into %i pixels, dark and light', async (width) => {
    const small = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: 'dark' });
    await small.goto(consoleUrl);
    await small.locator('#dashboard .uplot').first().waitFor();
    expect(await small.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    const background = () => small.evaluate('getComputedStyle(document.body).backgroundColor');
    const dark = await background();
    await small.emulateMedia({ colorScheme: 'light' });
    expect(await background()).not.toBe(dark);
    await small.close();
  });

  test('sends no request to another host, and logs no error', () => {
    expect([...requested]).toEqual([consoleUrl]);
    expect(problems.filter((problem) => !/503|401/.test(problem))).toEqual([]);
  });

  test('answers 404 for an unknown path, valid or not', async () => {
    const { hostname, port } = new URL(consoleUrl);
    for (const path of ['/nothing', '//', '//[']) {
      const [{ statusCode }] = await once(request({ hostname, port, path }).end(), 'response');
      expect([path, statusCode]).toEqual([path, 404]);
    }
  });

  test('cannot be used by another page', async () => {
    const other = await browser.newPage();
    await other.goto(stack.webhookUrl);
    const reach = (path: string, init = {}) =>
      other.evaluate(
        ([url, options]) =>
          fetch(url as string, options as RequestInit).then(
            ({ status }) => status,
            () => 'unreachable',
          ),
        [`${consoleUrl}${path}`, init] as const,
      );
    expect(await reach('/dashboard')).toBe('unreachable');
    const outcomes = await stack.view('outcomes');
    await reach('/send', { method: 'POST', mode: 'no-cors', body: '{"body":"x","signature":"valid"}' });
    expect(await stack.view('outcomes')).toEqual(outcomes);
    await other.close();
  });
});
