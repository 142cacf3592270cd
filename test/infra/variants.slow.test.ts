import { describe, expect, test } from '@jest/globals';
import { runCommand } from '../support/command-line.ts';
import { sampleOf } from '../support/effort.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { runStack } from '../support/running-stack.ts';
import { withoutAction } from '../support/synthesized.ts';

const USER = 'b5c5a2cd-643e-444b-9591-e7b25fec997d';

describe('a stack', () => {
  test('answers at a former path, and doctor tests it and the domain', async () => {
    const stack = await runStack({
      installation: {
        webhookPath: '/hooks/3Fq8s0ZkPz',
        formerWebhookPaths: ['/webhooks/fractal'],
        domainName: 'webhooks.example.com',
        certificateArn: 'arn:aws:acm:eu-central-1:000000000000:certificate/00000000-0000-0000-0000-000000000000',
      },
    });
    const origin = new URL(stack.webhookUrl).origin;
    expect(stack.webhookUrl).toBe(`${origin}/hooks/3Fq8s0ZkPz`);
    const unsigned = await fetch(`${origin}/webhooks/fractal`, { method: 'POST', body: '{}' });
    expect([unsigned.status, await unsigned.json()]).toEqual([401, { error: 'signature_missing' }]);
    const { stdout } = await runCommand(['doctor', '--json', '--stack-file', stack.stackFile]);
    const findings = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(findings.filter(({ check }) => check === 'other URL')).toEqual(
      ['/webhooks/fractal', '/hooks/3Fq8s0ZkPz', '/webhooks/fractal'].map((path) => ({
        check: 'other URL',
        result: 'ok',
        says: `${origin}${path} refuses unsigned requests, as the webhook does`,
      })),
    );
    await stack.stop();
  });

  test.each<[Record<string, unknown>]>(
    sampleOf(
      [
        [{ stage: 'dev', tracing: false }],
        [
          {
            domainName: 'webhooks.example.com',
            certificateArn: 'arn:aws:acm:eu-central-1:000000000000:certificate/00000000-0000-0000-0000-000000000000',
          },
        ],
        [{ stage: 'staging', alarmEmail: 'oncall@example.com', silenceAlarmHours: 1 }],
        [{ customerManagedKey: true }],
        [{ account: '123456789012', region: 'eu-west-1', bootstrapQualifier: 'hooks' }],
      ],
      2,
    ),
  )('with %j runs, and writes a notification to the table', async (installation) => {
    const stack = await runStack({ installation });
    expect((await stack.deliver(aVerification({ user: USER }))).status).toBe(202);
    await eventually(async () => expect(await stack.item(`USER#${USER}`, 'LEVEL#basic')).toMatchObject({ status: 'approved' }));
    await stack.stop();
  });

  test('with a customer managed key needs the permission to use it', async () => {
    const stack = await runStack({
      installation: { customerManagedKey: true },
      change: withoutAction('kms:GenerateDataKey'),
    });
    expect((await stack.deliver(aVerification())).status).toBe(503);
    await eventually(async () =>
      expect(stack.output()).toMatch(/not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:/),
    );
    await stack.stop();
  });
});
