import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { synthesize } from '../../local/template/synthesize.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { runStack } from '../support/running-stack.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-variant-'));
});

afterEach(() => rm(folder, { recursive: true }));

const USER = 'b5c5a2cd-643e-444b-9591-e7b25fec997d';

describe('a stack', () => {
  test.each<[Record<string, unknown>]>([
    [{ stage: 'dev', tracing: false }],
    [{ stage: 'staging', alarmEmail: 'oncall@example.com', silenceAlarmHours: 1 }],
    [{ customerManagedKey: true }],
    [
      {
        domainName: 'webhooks.example.com',
        certificateArn: 'arn:aws:acm:eu-central-1:000000000000:certificate/00000000-0000-0000-0000-000000000000',
      },
    ],
  ])('with %j runs, and brings a notification to the table', async (settings) => {
    await synthesize(folder, settings);
    const stack = await runStack({ args: ['--assembly', folder] });
    expect((await stack.deliver(aVerification({ user: USER }))).status).toBe(202);
    await eventually(async () => expect(await stack.item(`USER#${USER}`, 'LEVEL#basic')).toMatchObject({ status: 'approved' }));
    await stack.stop();
  });

  test('with a key of its own needs the permission to use it', async () => {
    await synthesize(folder, { customerManagedKey: true });
    const file = join(folder, 'FractalWebhooks.template.json');
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('"kms:GenerateDataKey"', '"none:None"'));
    const stack = await runStack({ args: ['--assembly', folder] });
    expect((await stack.deliver(aVerification())).status).toBe(503);
    await eventually(async () =>
      expect(stack.output()).toMatch(/not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:/),
    );
    await stack.stop();
  });
});
