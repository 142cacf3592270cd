import { describe, expect, test } from '@jest/globals';
import { readAssembly } from '../../emulator/template/assembly.ts';
import { runCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { assemblyFolder } from '../support/once.ts';
import { runStack } from '../support/running-stack.ts';
import type { Json } from '../support/templates.ts';

/** Runs `doctor --test-alarm` in a stack with these settings and this template change; returns whether the notification arrived. */
const NOTIFICATION = /alarm +FractalWebhooks-apply-throttled/;

/** Tests an alarm, and waits until the stack prints its notification, or why there is none. */
const notifiesIn = async (installation: Record<string, unknown>, printed: RegExp, change?: (template: Json) => void) => {
  const stack = await runStack({ installation, change });
  try {
    const { stdout } = await runCommand(['doctor', '--no-webhook', '--test-alarm', '--json', '--stack-file', stack.stackFile]);
    const findings: { check: string; result: string; says: string }[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    await eventually(async () => expect(stack.output()).toMatch(printed));
    return {
      findings: findings.filter(({ check }) => ['test alarm', 'delivery'].includes(check)),
      notified: NOTIFICATION.test(stack.output()),
    };
  } finally {
    await stack.stop();
  }
};

const statementsOf = (template: Json, type: string): Json[] =>
  Object.values<Json>(template.Resources)
    .filter(({ Type }) => Type === type)
    .flatMap(({ Properties }) => (Properties.PolicyDocument ?? Properties.KeyPolicy).Statement);

const withoutCloudWatch = (type: string) => (template: Json) => {
  for (const { Properties } of Object.values<Json>(template.Resources).filter(({ Type }) => Type === type)) {
    const policy = Properties.PolicyDocument ?? Properties.KeyPolicy;
    const before = JSON.stringify(policy);
    // The CDK merges statements for several services into one.
    for (const { Principal } of policy.Statement.filter((statement: Json) => statement.Principal.Service)) {
      Principal.Service = [Principal.Service].flat().filter((service) => service !== 'cloudwatch.amazonaws.com');
    }
    expect(JSON.stringify(policy)).not.toBe(before);
  }
};

describe('an alarm', () => {
  test.each<[string, Record<string, unknown>]>([
    ['with a topic without a customer managed key', {}],
    ['with a topic with a customer managed key', { customerManagedKey: true }],
  ])('notifies its subscribers: %s', async (_, settings) => {
    const { findings, notified } = await notifiesIn(settings, NOTIFICATION);
    expect([findings.map(({ result }) => result), notified]).toEqual([['ok', 'ok'], true]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["topic's policy", {}, 'AWS::SNS::TopicPolicy'],
    ["key's policy", { customerManagedKey: true }, 'AWS::KMS::Key'],
  ])('fails to notify if the %s does not allow CloudWatch, and doctor reports it', async (_, settings, type) => {
    const denied = /cloudwatch\.amazonaws\.com is not authorized to perform: (sns:Publish|kms:\w+) on resource: arn:aws:/;
    const { findings, notified } = await notifiesIn(settings, denied, withoutCloudWatch(type));
    expect(notified).toBe(false);
    expect(findings).toEqual([
      expect.objectContaining({
        check: 'test alarm',
        result: 'wrong',
        says: expect.stringContaining('could not notify the topic'),
      }),
      expect.objectContaining({ check: 'delivery', result: 'wrong' }),
    ]);
  });

  test('can be published by this account only, and over TLS only', async () => {
    const { template } = await readAssembly(assemblyFolder());
    expect(statementsOf(template, 'AWS::SNS::TopicPolicy')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          Effect: 'Allow',
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        }),
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    );
  });
});
