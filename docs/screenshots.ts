import { spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { chromium } from 'playwright-core';
import { encodeEnvelope } from '../functions/core/envelope.ts';
import { signatureFor } from '../functions/ingest/tokens.ts';
import { readStackFile, type StackFile } from '../local/disk/stack-file.ts';
import { CHROMIUM } from '../test/support/browser.ts';

// Takes the pictures of the console, in five states, and of the dead-letter widget: wide and narrow, light and dark.
const PICTURES = join(import.meta.dirname, 'pictures');
const DRAWN_WITHIN_MS = 3_500;

const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-pictures-'));
const stackFile = join(folder, 'stack.json');
const child = spawn(process.execPath, ['local/start.ts', '--stack-file', stackFile], { stdio: 'inherit' });
let stack: StackFile | undefined;
while (!stack) {
  await wait(500);
  stack = await readStackFile(stackFile);
}
const { consoleUrl, webhookUrl, tokens } = stack;
const deliver = async (notification: object): Promise<void> => {
  const body = JSON.stringify(notification);
  const signature = signatureFor(new Map(Object.entries(tokens)), Buffer.from(body), '*') ?? '';
  await fetch(webhookUrl, { method: 'POST', headers: { 'x-fractal-signature': signature }, body });
};
const client = { endpoint: stack.awsEndpointUrl, region: stack.region };
const sqs = new SQSClient({ ...client, credentials: { accessKeyId: 'any', secretAccessKey: 'any' } });
const browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ['--no-sandbox'] });

const take = async (name: string, hash = '', element?: string): Promise<void> => {
  for (const width of [1_600, 400]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ viewport: { width, height: width === 400 ? 800 : 900 }, colorScheme });
      await page.goto(`${consoleUrl}/${hash}`);
      await wait(DRAWN_WITHIN_MS);
      const path = join(PICTURES, `${name}-${width}-${colorScheme}.png`);
      if (element === undefined) await page.screenshot({ path });
      else await page.locator(element).screenshot({ path });
      await page.close();
    }
  }
};

const LEVELS = ['plus', 'basic', 'liveness', 'plus+liveness'];
const at = (ms: number) => new Date(ms).toISOString().replace(/\.\d+/, '');
const about = (type: string, user: string, level = 'plus', ms = Date.now()) => ({
  type,
  data: { user_id: user, level, timestamp: at(ms) },
});
const faults = (list: readonly object[]) =>
  fetch(`${stack.awsEndpointUrl}/_local/faults`, { method: 'PUT', body: JSON.stringify(list) });

await take('console-empty');

const jon = 'b5c5a2cd-643e-444b-9591-e7b25fec997d';
await deliver(about('verification_contacted', jon, 'basic', Date.now() - 120_000));
await deliver(about('verification_approved', jon, 'basic', Date.now() - 60_000));
await deliver(about('verification_contacted', jon, 'basic', Date.now() - 90_000));
await deliver({ type: 'email_changed', data: { user_id: jon, email: 'jon@example.com' } });
await deliver(about('verification_contacted', jon));
await fetch(webhookUrl, { method: 'POST', body: '{"hello":"world"}' });
const wrong = `sha1=${createHmac('sha1', 'another token').update('{}').digest('hex')}`;
await fetch(webhookUrl, { method: 'POST', body: '{}', headers: { 'x-fractal-signature': wrong } });
const send = async (count: number): Promise<void> => {
  for (let index = 0; index < count; index += 1) {
    const body = about(index % 9 === 4 ? 'verification_contacted' : 'verification_approved', randomUUID(), LEVELS[index % 4]);
    await deliver(body);
    if (index % 12 === 5) await deliver(body);
    await wait(120);
  }
};
await send(60);
await take('console-running');

await fetch(`${stack.fractalUrl}/believes`, {
  method: 'PUT',
  body: JSON.stringify({ user_id: jon, level: 'plus', status: 'approved' }),
});
await take('console-user', `#user-${jon}`);

await deliver({ type: 'verification_paused', data: { user_id: '42' } });
await faults([{ service: 'dynamodb', action: 'UpdateItem', fault: 'throttle' }]);
await send(20);
await wait(3_000);
await take('console-trouble');

await faults([]);
for (let batch = 0; batch < 100; batch += 1) {
  const Entries = Array.from({ length: 10 }, (_, index) => {
    const bytes = Buffer.from(JSON.stringify(about('verification_approved', randomUUID(), LEVELS[index % 4])));
    const envelope = { id: `given-up-${batch}-${index}`, receivedAt: Date.now() - 60_000, bytes };
    return { Id: String(index), MessageBody: encodeEnvelope(envelope) };
  });
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: stack.deadLetterQueueUrl, Entries }));
}
await wait(60_000);
await take('console-backlog');
await take('dead-letters', '', '#dead-letters');

await browser.close();
child.kill('SIGINT');
await once(child, 'exit');
await rm(folder, { recursive: true });
