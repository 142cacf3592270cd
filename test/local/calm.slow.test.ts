import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import type { Exchange } from '../../emulator/index.ts';
import { startConsole } from '../../local/console/console.ts';
import { createObserver } from '../../local/deliveries/observer.ts';
import { CHROMIUM } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';

const PAGE = resolve(import.meta.dirname, '../../local/console/page');
const EMPTY = { messages: [], retentionMs: 0, receivesAtMost: 5 };
// Ten seconds of 200 a second, as fast as the page takes them.
const TICK_MS = 300;
const PER_TICK = 60;

/**
 * The console with its page and its journal, fed as a stack would: a stack that takes 50,000 deliveries needs minutes.
 */
const fed = async () => {
  const observer = createObserver(Date.now);
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-calm-'));
  const nowhere = 'http://127.0.0.1:9';
  const page = await startConsole({
    port: 0,
    stack: {
      ...{ awsEndpointUrl: nowhere, region: 'eu-central-1', outputs: {}, tokens: {}, webhookUrl: `${nowhere}/webhooks/fractal` },
      ...{ tableName: 'states', queueUrl: `${nowhere}/0/queue`, deadLetterQueueUrl: `${nowhere}/0/dead`, secretId: 'secret' },
      ...{ alarmTopicArn: 'arn', concurrencyNeeded: '0' },
    },
    stackFile: join(folder, 'stack.json'),
    called: { start: 'npm start', oncall: 'npm run oncall --' },
    observer,
    running: {
      widgets: () => [],
      graphs: () => [],
      queue: () => EMPTY,
      disabledSources: () => [],
      view: (name) => (name === 'faults' ? [] : {}),
    },
    forwardsTo: undefined,
  });
  let sent = 0;
  return {
    url: page.url,
    deliver: (count: number): void => {
      for (let index = 0; index < count; index += 1, sent += 1) {
        const id = `id-${sent}`;
        const body = Buffer.from(aVerification({ user: `user-${sent}`, level: 'plus' }));
        const answer = JSON.stringify({ status: 'accepted', id });
        observer.exchange({ body, status: 202, answer, context: { responseLatency: 5 } } as unknown as Exchange);
        observer.functionLine(JSON.stringify({ message: 'batch', applied: { n: 1, ids: [id] } }), 'ApplyFunction');
      }
    },
    sent: () => sent,
    stop: async () => {
      await page.stop();
      await rm(folder, { recursive: true });
    },
  };
};

(CHROMIUM ? describe : describe.skip)('the page, under load,', () => {
  let browser: Browser;
  let page: Page;
  let cdp: CDPSession;
  let stack: Awaited<ReturnType<typeof fed>>;

  beforeAll(async () => {
    stack = await fed();
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 1_600, height: 900 } });
    cdp = await page.context().newCDPSession(page);
    await cdp.send('Performance.enable');
    await page.goto(stack.url);
    await page.locator('#says', { hasText: 'Ready' }).waitFor();
    await page.evaluate(`
      globalThis.seen = { shift: 0, long: 0, longest: 0, mutations: 0 };
      new PerformanceObserver((list) => { for (const one of list.getEntries()) seen.shift += one.value; }).observe({ type: 'layout-shift', buffered: false });
      new PerformanceObserver((list) => { for (const one of list.getEntries()) { seen.long += 1; seen.longest = Math.max(seen.longest, one.duration); } }).observe({ type: 'longtask', buffered: false });
      new MutationObserver((all) => { seen.mutations += all.length; }).observe(document.body, { subtree: true, childList: true });
    `);
  });

  afterAll(async () => {
    await browser.close();
    await stack.stop();
  });

  const seen = () => page.evaluate('seen') as Promise<Record<'shift' | 'long' | 'longest' | 'mutations', number>>;
  const elements = () => page.evaluate("document.querySelectorAll('*').length") as Promise<number>;
  /** In bytes, after a garbage collection, after which the page can only be evaluated: Playwright's own part of it is gone. */
  const heap = async (): Promise<number> => {
    await cdp.send('HeapProfiler.collectGarbage');
    return (await cdp.send('Runtime.getHeapUsage')).usedSize;
  };
  const metric = async (name: string): Promise<number> =>
    (await cdp.send('Performance.getMetrics')).metrics.find((one) => one.name === name)?.value ?? 0;
  const acknowledged = async (count: string) =>
    eventually(async () => {
      const text = await page.evaluate("document.querySelector('.ledger dl').textContent");
      expect(text).toContain(`acknowledged${count}`);
    });

  test('moves nothing, and builds no more elements than it shows', async () => {
    const work = async () => (await metric('ScriptDuration')) + (await metric('LayoutDuration'));
    const before = await work();
    for (let tick = 0; tick < 34; tick += 1) {
      stack.deliver(PER_TICK);
      await wait(TICK_MS);
    }
    await acknowledged('2,040');
    const { shift, long, longest, mutations } = await seen();
    const spent = (await work()) - before;
    // For a person: these depend on what else the machine does.
    console.log(
      `${long} tasks over 50 ms (the longest ${Math.round(longest)} ms), script and layout ${spent.toFixed(2)} s in all; layout shift ${shift}; ${await elements()} elements; ${mutations} changes of the tree`,
    );
    expect(shift).toBeLessThan(0.01);
    expect(await elements()).toBeLessThan(2_000);
    expect(await page.locator('#rows li').count()).toBe(100);
  });

  test('is small: style and script have less than 80 KB', async () => {
    const files = await readdir(PAGE);
    const sizes = await Promise.all(files.filter((name) => /\.(js|css)$/.test(name)).map((name) => stat(join(PAGE, name))));
    expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(80_000);
  });

  test('stands still while somebody reads it', async () => {
    const first = () => page.locator('#rows .delivery').first().textContent();
    await eventually(async () => expect(await first()).toContain(`user-${stack.sent() - 1}`));
    await page.locator('#hold').click();
    const shown = await first();
    stack.deliver(500);
    await page.locator('.new', { hasText: '500 new' }).waitFor();
    expect(await first()).toBe(shown);
    await page.locator('.new').click();
    await eventually(async () => expect(await first()).not.toBe(shown));
  });

  test('keeps as much in memory after 50,000 deliveries as after 10,000', async () => {
    const deliver = async (count: number, all: string) => {
      for (let sent = 0; sent < count; sent += 1_000) {
        stack.deliver(1_000);
        await wait(TICK_MS);
      }
      await acknowledged(all);
    };
    await deliver(8_000, '10,540');
    const [early, elementsEarly] = [await heap(), await elements()];
    await deliver(40_000, '50,540');
    // On a busy machine, updates wait in the page for a while after the last delivery. What leaks stays.
    await eventually(async () => {
      const [late, elementsLate] = [await heap(), await elements()];
      console.log(
        `heap ${Math.round(early / 1_024)} KiB, then ${Math.round(late / 1_024)} KiB; ${elementsEarly} elements, then ${elementsLate}`,
      );
      expect(late / early).toBeLessThan(1.25);
      expect(elementsLate).toBe(elementsEarly);
    });
  });
});
