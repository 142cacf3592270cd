import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { CHROMIUM } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

const AXE = readFileSync(join(import.meta.dirname, 'npm/node_modules/axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

(CHROMIUM ? describe : describe.skip)('the console has no violation that axe finds,', () => {
  let stack: RunningStack;
  let browser: Browser;

  beforeAll(async () => {
    stack = await runStack({});
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser.close();
    await stack.stop();
  });

  const violations = async (page: Page): Promise<string[]> => {
    await page.evaluate(AXE);
    const found = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as Violation[];
    return found.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
  };

  const judged = async (hash: string, ready: string | RegExp): Promise<void> => {
    for (const width of [1_600, 400]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' });
        await page.goto(`${stack.consoleUrl}/${hash}`);
        await page.locator('body', { hasText: ready }).waitFor();
        await page.locator('.chart').first().waitFor({ state: 'attached' });
        expect([width, colorScheme, await violations(page)]).toEqual([width, colorScheme, []]);
        await page.close();
      }
    }
  };

  test('empty', () => judged('', 'Ready for the first delivery.'));

  test('running, with a delivery', async () => {
    await stack.deliver(aVerification({ user: 'jon', level: 'plus' }));
    await judged('', 'The acknowledged delivery is accounted for.');
    await judged('#delivery-1', 'What happened');
  });

  test('with a user, and a part of the flow', async () => {
    await eventually(async () => expect(await stack.item('USER#jon', 'LEVEL#plus')).toBeDefined());
    await judged('#user-jon', 'One level agrees.');
    await judged('#queue', 'Acknowledged deliveries wait here');
  });

  test('in trouble, with dead letters and alarms', async () => {
    await stack.deliver('{"type":"verification_paused","data":{"user_id":"42"}}');
    await fetch(`${stack.awsEndpointUrl}/_local/faults`, {
      method: 'PUT',
      body: JSON.stringify([{ service: 'dynamodb', action: 'UpdateItem', fault: 'throttle' }]),
    });
    await stack.deliver(aVerification({ user: 'waiting', level: 'plus' }));
    await judged('', /writes to the table fail\.[\s\S]*Redrive|writes to the table fail\.[\s\S]*dead letter/);
    await judged('#alarm-apply-failing', 'Apply fails on messages');
  });
});
