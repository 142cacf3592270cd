import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { CHROMIUM } from '../support/browser.ts';
import { runCommand } from '../support/command-line.ts';
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
    for (const path of ['/', '/dashboard', '/live', '/view?of=user-1', '/body?number=1'])
      expect(await ask(path, headers)).toBe(403);
    for (const path of ['/send', '/widget', '/act']) expect(await ask(path, { ...own(), ...headers }, 'POST')).toBe(403);
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
    await page.goto(consoleUrl);
  });

  afterAll(() => browser.close());

  const row = (text: string) => page.locator('#rows .delivery', { hasText: text });
  const inspector = () => page.locator('#inspector');
  const widget = () => page.locator('#dead-letters .widget');
  const says = () => page.locator('#says').textContent();
  const ledger = async () => (await page.locator('.ledger dl').textContent()) ?? '';

  test('says that it is ready, and does not move what is below when it says something else', async () => {
    await eventually(async () => expect(await says()).toBe('Ready for the first delivery.'));
    expect((await page.locator('.list').boundingBox())?.y).toBe(310);
    await page.getByText('Send the first one').click();
    await eventually(async () => expect(await says()).toBe('The acknowledged delivery is accounted for.'));
    expect((await page.locator('.list').boundingBox())?.y).toBe(310);
    // It opens by itself.
    await inspector().locator('h2', { hasText: 'applied · verification_approved' }).waitFor();
    await page.mouse.move(0, 0);
    await page.keyboard.press('Escape');
  });

  test('shows a delivery as it arrives, with its steps to the event', async () => {
    const body = aVerification({ user: 'arriving', level: 'plus' });
    await stack.deliver(body);
    // The list stands still: its row has the focus again.
    await page.locator('.new', { hasText: '1 new' }).click();
    await row('arriving').click();
    for (const step of ['received', 'accepted', /applied|duplicate/, 'event'])
      await inspector().locator('.steps .word', { hasText: step }).first().waitFor();
    expect(await inspector().locator('pre').textContent()).toBe(body);
    expect(new URL(page.url()).hash).toMatch(/^#delivery-\d+$/);
    expect(await page.locator('.flow .on-path').evaluateAll((all) => all.map((one) => one.getAttribute('data-at')))).toEqual([
      'ingest',
      'apply',
      'publish',
      'bus',
    ]);
    await page.mouse.move(0, 0);
    await page.keyboard.press('Escape');
    expect(new URL(page.url()).hash).toBe('');
    await page.goBack();
    await inspector().locator('h2', { hasText: 'verification_approved' }).waitFor();
    await page.keyboard.press('Escape');
  });

  test('compares the ledger with the queue', async () => {
    // On a busy machine, a write whose answer comes too late is sent again: apply then finds its own item.
    const both = /^acknowledged2in the table=(2.*no change\+0|1.*no change\+1|0.*no change\+2)on the queue\+0dead letters\+0$/;
    await eventually(async () => expect(await ledger()).toMatch(both));
  });

  test('sends a notification with a valid, an invalid or no signature, and says what became of it', async () => {
    const send = async (signature: string, answer: number): Promise<void> => {
      await page.locator('form.send output').evaluate((output) => output.replaceChildren());
      await page.selectOption('form.send select[name=signature]', signature);
      await page.click('form.send button[type=submit]');
      await page.locator('form.send output', { hasText: String(answer) }).waitFor();
    };
    await send('invalid', 401);
    await row('wrong signature').first().waitFor();
    await send('none', 401);
    await row('no signature').first().waitFor();
    for (const type of ['credential_shared', 'email_changed', 'verification_rejected', 'kraken']) {
      await page.selectOption('form.send select[name=type]', type);
      await send('valid', 202);
    }
    await page.getByRole('button', { name: 'Refused', exact: true }).click();
    expect(await page.locator('#rows .delivery').count()).toBe(2);
    await page.getByRole('button', { name: 'All', exact: true }).click();
  });

  test('finds a user: the state now and as of a time, what Fractal believes, and the history', async () => {
    const answer = await stack.deliver(aVerification({ user: 'known', level: 'basic', timestamp: '2024-05-01T00:00:00Z' }));
    expect(answer.status).toBe(202);
    await eventually(async () => expect(await stack.item('USER#known', 'LEVEL#basic')).toBeDefined());
    const hold = ['hold', 'known', '--until', '2099-01-01', '--reason', 'a case in court', '--stack-file', stack.stackFile];
    expect((await runCommand(hold)).status).toBe(0);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('known');
    await page.keyboard.press('Enter');
    await inspector().locator('tr', { hasText: 'basic' }).getByText('approved').waitFor();
    await inspector()
      .locator('.why', { hasText: /^Must not be erased until 2099-01-0\S+: a case in court/ })
      .waitFor();
    await inspector().getByText('One level agrees.').waitFor();
    await inspector().locator('.steps', { hasText: 'basic approved: applied' }).waitFor();
    await inspector().getByText('Items as stored').click();
    await inspector().locator('pre', { hasText: '"pk": "USER#known"' }).waitFor();
    await inspector().getByLabel('Show the state as of (UTC)').fill('2024-05-02T00:00:00');
    await inspector().getByRole('button', { name: 'Show' }).click();
    await inspector()
      .locator('.why', { hasText: /history/ })
      .or(inspector().getByText('Nothing had been received by then.'))
      .waitFor();
    await page.keyboard.press('Escape');
  });

  test.each(['--help', '--stack=FractalWebhooks'])('takes %s for an id, and for no option of the command line', async (id) => {
    await page.goto(`${consoleUrl}/#user-${encodeURIComponent(id)}`);
    await inspector().getByText(`No items for ${id}.`).waitFor();
    await page.keyboard.press('Escape');
  });

  test('reconciles a level that differs from Fractal', async () => {
    await stack.deliver(aVerification({ user: 'reconciled', level: 'plus' }));
    await eventually(async () => expect(await stack.item('USER#reconciled', 'LEVEL#plus')).toBeDefined());
    // The webhook of what Fractal says now was lost.
    const { fractalUrl } = JSON.parse(await readFile(stack.stackFile, 'utf8'));
    const body = JSON.stringify({ user_id: 'reconciled', level: 'plus', status: 'rejected' });
    expect((await fetch(`${fractalUrl}/believes`, { method: 'PUT', body })).status).toBe(200);
    await page.goto(`${consoleUrl}/#user-reconciled`);
    await inspector().locator('tr.differs', { hasText: 'rejected' }).waitFor();
    await inspector().getByRole('button', { name: 'Reconcile plus' }).click();
    await page.locator('#ask').getByRole('button', { name: 'Reconcile' }).click();
    await eventually(async () => expect(await stack.item('USER#reconciled', 'LEVEL#plus')).toMatchObject({ status: 'rejected' }));
    await inspector().locator('.steps', { hasText: 'reconciled' }).waitFor();
    await page.keyboard.press('Escape');
  });

  test('says why deliveries wait, what happens next, and how to end it', async () => {
    await page.getByLabel('Throttle the table').check();
    await stack.deliver(aVerification({ user: 'waiting', level: 'plus' }));
    await eventually(async () => expect(await says()).toMatch(/^\d+ deliver(y waits|ies wait): writes to the table fail\.$/));
    expect(await page.locator('#because').textContent()).toMatch(
      /^DynamoDB throttles the writes\. Nothing is lost: the next try is in \d+.s\. You/,
    );
    await row('waiting')
      .locator('.took', { hasText: /try \d in \d+.s/ })
      .waitFor();
    const [apply, table] = ['apply', 'table'].map((at) => page.locator(`[data-at="${at}"]`));
    expect(await apply?.textContent()).toMatch(/fails: throttled/);
    expect(await table?.textContent()).toMatch(/fault: throttled/);
    await apply?.getByRole('button').click();
    await inspector().locator('.why', { hasText: 'ProvisionedThroughputExceededException: injected fault' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Switch it off').click();
    await eventually(async () => expect(await says()).toMatch(/accounted for\.$/));
    await row('waiting').locator('.state', { hasText: 'applied' }).waitFor();
    expect(await page.getByLabel('Throttle the table').isChecked()).toBe(false);
  });

  test('notices a fault that is switched on elsewhere', async () => {
    const put = (faults: object[]) =>
      fetch(`${stack.awsEndpointUrl}/_local/faults`, { method: 'PUT', body: JSON.stringify(faults) });
    await put([{ service: 'sqs', action: 'SendMessage', fault: 'error' }]);
    await eventually(async () => expect(await page.getByLabel('Reject messages to the queue').isChecked()).toBe(true));
    expect((await stack.deliver(aVerification())).status).toBe(503);
    await eventually(async () => expect(await says()).toBe('Fractal gets 503: the queue takes no messages.'));
    await page.getByRole('button', { name: 'All off' }).click();
    await eventually(async () => expect((await stack.deliver(aVerification())).status).toBe(202));
  });

  test('shows the cause of a dead letter, opens it, and redrives it from the widget', async () => {
    await page.fill('form.send textarea', '<img src=x onerror="document.title=1"> nonsense');
    await page.click('form.send button[type=submit]');
    await widget().locator('td', { hasText: 'parked: not_json' }).waitFor();
    await eventually(async () => expect(await says()).toMatch(/dead letters? waits? for you\.$/));
    const MessageBody = encodeEnvelope({
      id: 'given-up',
      receivedAt: Date.now(),
      bytes: Buffer.from(aVerification({ user: 'redriven', level: 'plus' })),
    });
    await stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.deadLetterQueueUrl, MessageBody }));
    await widget().getByText('Refresh').click();
    await widget().locator('a', { hasText: 'given-up' }).click();
    await inspector().getByText('apply gave up after 5 attempts').waitFor();
    await page.keyboard.press('Escape');
    expect(await ledger()).toMatch(/other dead letternot counted:1/);
    const redrive = widget().getByText('Redrive the 1 that would apply');
    await redrive.focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('#question').textContent()).toBe('Send 1 message back to the queue? It is safe to repeat.');
    await page.locator('#ask').getByRole('button', { name: 'Redrive' }).click();
    await widget().getByText('1 of 1 sent back to the queue.').waitFor();
    await eventually(async () => expect(await stack.item('USER#redriven', 'LEVEL#plus')).toBeDefined());
    expect(await page.title()).not.toBe('1');
  });

  test('counts dead letters that a person deletes apart from those that wait', async () => {
    expect((await runCommand(['dlq', 'drop', '--all', '--yes', '--stack-file', stack.stackFile])).status).toBe(0);
    await eventually(async () => expect(await ledger()).toMatch(/dead letters\+0deleted\+1$/));
    await eventually(async () => expect(await says()).toMatch(/accounted for\.$/));
  });

  test('says that a disabled mapping keeps deliveries waiting', async () => {
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    const lambda = new LambdaClient({ endpoint: stack.awsEndpointUrl, region: stack.region, credentials });
    const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
    const [mapping] = EventSourceMappings.filter(({ EventSourceArn = '' }) => /:sqs:/.test(EventSourceArn));
    const enable = (Enabled: boolean) => lambda.send(new UpdateEventSourceMappingCommand({ UUID: mapping?.UUID, Enabled }));
    await enable(false);
    await stack.deliver(aVerification({ user: 'switched-off', level: 'plus' }));
    await eventually(async () => expect(await says()).toBe('1 delivery waits: apply is switched off.'));
    expect(await page.locator('[data-at="apply"]').textContent()).toMatch(/switched off · 1 waits/);
    await enable(true);
    await eventually(async () => expect(await says()).toMatch(/accounted for\.$/));
  });

  test('leaves the widget with Tab, and shows an alarm with its section of the runbook', async () => {
    const focused = () => page.evaluate('document.activeElement.textContent');
    await widget().getByText('Refresh').focus();
    await page.keyboard.press('Tab');
    expect(await focused()).not.toBe('Refresh');
    await page.goto(`${consoleUrl}/#alarm-apply-throttled`);
    const section = inspector().locator('.runbook');
    await section.getByText('Messages wait on the queue.').first().waitFor();
    expect(await section.innerText()).not.toMatch(/\]\(#|\*\*|^## |--stack FractalWebhooks/m);
    await page.goto(`${consoleUrl}/#alarm-FractalWebhooks-table-throttled`);
    await inspector().locator('.alarm', { hasText: 'table-throttled' }).waitFor();
    expect(await inspector().locator('.runbook').innerText()).toBe('');
    await page.keyboard.press('Escape');
  });

  test('shows an alarm go into ALARM in the title and in the inspector, and return to OK', async () => {
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    const cloudwatch = new CloudWatchClient({ endpoint: stack.awsEndpointUrl, region: stack.region, credentials });
    const AlarmName = 'FractalWebhooks-apply-crashing';
    const alarm = () => inspector().locator('details.alarm', { hasText: 'apply-crashing' });
    await eventually(async () => {
      await cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'a test' }));
      expect([await alarm().count(), await page.title()]).toEqual([
        1,
        expect.stringMatching(/^\(\d+\) fractal-webhooks · local$/),
      ]);
    });
    await eventually(async () => expect(await alarm().count()).toBe(0));
  });

  test('can be used by keyboard alone', async () => {
    const keyboard = await browser.newPage({ viewport: { width: 1_600, height: 900 } });
    await keyboard.goto(consoleUrl);
    await keyboard.locator('#rows .delivery').nth(2).waitFor();
    const focused = () => keyboard.evaluate('document.activeElement.className || document.activeElement.tagName');
    const seen: unknown[] = [];
    for (let tabs = 0; tabs < 60 && seen.at(-1) !== 'delivery'; tabs += 1) {
      await keyboard.keyboard.press('Tab');
      seen.push(await focused());
    }
    expect(seen.at(-1)).toBe('delivery');
    const label = () => keyboard.evaluate('document.activeElement.textContent');
    const first = await label();
    await keyboard.keyboard.press('ArrowDown');
    const second = await label();
    expect(second).not.toBe(first);
    await keyboard.keyboard.press('Enter');
    await keyboard.locator('#inspector h3', { hasText: 'What happened' }).waitFor();
    await keyboard.keyboard.press('Escape');
    expect(await label()).toBe(second);
    await keyboard.keyboard.press('End');
    await keyboard.keyboard.press('Home');
    expect(await label()).toBe(first);
    // The list is one stop: the next is outside of it.
    await keyboard.keyboard.press('Tab');
    expect(await focused()).not.toBe('delivery');
    await keyboard.close();
  });

  test('draws the graphs of the template that are measured, and names the others', async () => {
    await eventually(async () => expect(await page.locator('.chart').count()).toBe(6));
    await page.locator('.chart h3', { hasText: 'Not applied, published or taken' }).waitFor();
    expect(await page.locator('#unmeasured').textContent()).toMatch(
      /^Not measured by the local stack: Applied, Response time.*, Time from receipt to table/,
    );
    expect(await page.locator('.u-legend').count()).toBe(0);
  });

  test('says at once when the stack has gone', async () => {
    const other = await runStack({});
    const gone = await browser.newPage();
    await gone.goto(other.consoleUrl as string);
    await gone.locator('#says', { hasText: 'Ready' }).waitFor();
    await other.stop();
    await gone.locator('#says', { hasText: 'The local stack does not answer.' }).waitFor();
    await gone.close();
  });

  test.each([320, 400, 1_100, 1_600])('fits into %i pixels, dark and light', async (width) => {
    const small = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: 'dark' });
    await small.goto(consoleUrl);
    await small.locator('.chart .uplot').first().waitFor();
    expect(await small.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    // What a row cannot show ends with an ellipsis.
    const cut = "[...document.querySelectorAll('.delivery')].filter((row) => row.scrollWidth > row.clientWidth).length";
    expect(await small.evaluate(cut)).toBe(0);
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
