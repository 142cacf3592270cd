import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { chromium } from 'playwright-core';
import { encodeEnvelope } from '../functions/core/envelope.ts';
import { startLocalStack } from '../local/for-tests.ts';
import { synthesize } from '../local/synthesize.ts';
import { CHROMIUM } from '../test/support/browser.ts';

// Takes the screenshots for the README: the console and the dead-letter widget, wide and narrow, light and dark.
const PICTURES = join(import.meta.dirname, 'pictures');
const DRAWN_WITHIN_MS = 3_000;

const assembly = await mkdtemp(join(tmpdir(), 'fractal-webhooks-pictures-'));
await synthesize(assembly);
const stack = await startLocalStack({ assembly });
const client = { endpoint: stack.awsEndpointUrl, region: stack.region };
const sqs = new SQSClient({ ...client, credentials: { accessKeyId: 'any', secretAccessKey: 'any' } });

const about = (type: string, user: string, level: string) => ({
  type,
  data: { user_id: user, level, timestamp: '2026-11-25T08:00:00Z' },
});
await stack.deliver(about('verification_contacted', 'jon', 'plus'));
await stack.deliver(about('verification_approved', 'arya', 'basic'));
await stack.deliver({ type: 'email_changed', data: { user_id: 'jon', email: 'jon@example.com' } });
await stack.deliver({ type: 'verification_paused', data: { user_id: 'sansa' } });
for (const user of ['bran', 'rickon', 'robb']) {
  const bytes = Buffer.from(JSON.stringify(about('verification_approved', user, 'plus')));
  const MessageBody = encodeEnvelope({ id: `given-up-${user}`, receivedAt: Date.now() - 3_600_000, bytes });
  await sqs.send(new SendMessageCommand({ QueueUrl: stack.outputs.DeadLetterQueueUrl, MessageBody }));
}

const browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ['--no-sandbox'] });
for (const [width, colorScheme] of [
  [1_600, 'light'],
  [1_600, 'dark'],
  [400, 'light'],
  [400, 'dark'],
] as const) {
  const page = await browser.newPage({ viewport: { width, height: 1_000 }, colorScheme });
  await page.goto(stack.consoleUrl);
  await page.locator('#dashboard .uplot').first().waitFor();
  await wait(DRAWN_WITHIN_MS);
  await page.screenshot({ path: join(PICTURES, `console-${width}-${colorScheme}.png`) });
  const widget = page.locator('#dashboard > div', { hasText: 'Dead letters' }).first();
  await widget.screenshot({ path: join(PICTURES, `dead-letters-${width}-${colorScheme}.png`) });
  await page.close();
}
await browser.close();
await stack.stop();
await rm(assembly, { recursive: true });
