import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
} from '@aws-sdk/client-cloudwatch';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { DeleteSecretCommand, RestoreSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ListSubscriptionsByTopicCommand, SNSClient, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Fault } from '../../emulator/faults/fault.ts';
import { callCommand, ONCALL, runCommand } from '../support/command-line.ts';
import { runDoctor } from '../support/doctor.ts';
import { eventually } from '../support/eventually.ts';
import { DOCUMENTED } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let stack: RunningStack;
let client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };

beforeAll(async () => {
  stack = await runStack();
  client = {
    endpoint: stack.awsEndpointUrl,
    region: stack.region,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  };
});

afterAll(() => stack.stop());

const doctor = (args?: readonly string[], env?: Record<string, string>) => runDoctor(stack, args, env);

const items = async () => (await stack.dynamodb.send(new ScanCommand({ TableName: stack.tableName }))).Items;

describe('doctor', () => {
  test('reports no problem in a healthy stack, one line per check, and leaves nothing behind', async () => {
    const { status, stdout } = await runCommand(['doctor', '--stack-file', stack.stackFile]);
    expect(stdout).toMatch(
      /^ok {5}secret .*\nok {5}mapping .*\nok {5}stream .*\nok {5}table .*\nok {5}history .*\nok {5}webhook .*\nok {5}clock .*\nok {5}round trip .*\n/,
    );
    expect(stdout).toMatch(
      /\nok {5}event .*\nok {5}release .*\nok {5}dead letters .*\nok {5}unpublished .*\nok {5}rules .*\nok {5}concurrency .*\nok {5}quotas .*\nok {5}alarms .*\nok {5}signatures .*\nok {5}listeners .*\nok {5}delivery .*\n$/,
    );
    expect(status).toBe(0);
    expect(await items()).toEqual([]);
    expect([await stack.queueDepth(), await stack.deadLetterDepth()]).toEqual([0, 0]);
  });

  test.each([
    ['', 'the secret is empty', 'tokens set all'],
    ['{"*":[]}', 'the secret is neither a bare token nor JSON', 'tokens set all'],
    ['{"no_token_yet":"Yz3…"}', "does not contain Fractal's token yet", 'tokens set all'],
    [
      '{"*":"x","verification_aproved":"y"}',
      'names verification_aproved, which this release does not know',
      'tokens set TYPE --stack-file \\S+. Then remove it: npm run oncall -- tokens remove unknown',
    ],
    [
      '{"*":"x","9d7e80c0":"*"}',
      'names a name of 8 characters, which',
      'tokens set TYPE --stack-file \\S+. Then remove it: npm run oncall -- tokens remove unknown',
    ],
    [
      '{"email_changed":"x"}',
      'has no token for verification_approved, verification_contacted',
      'tokens set verification_approved',
    ],
    [
      'file://token.txt',
      'the token for all other types is invalid: it is the name of a file, not its contents',
      'tokens set all',
    ],
    ['9d7e80c0\nf169ab94', 'it has a line break', 'tokens set all'],
    [
      '{"*":"good","email_changed":["good","\u201cbad\u201d"]}',
      'a former token for email_changed is invalid: it has quotation marks',
      'tokens retire email_changed',
    ],
  ])(
    'reports the problem of the secret %j, and sends a notification only if there is a token for it',
    async (secret, says, command) => {
      await stack.putSecret(secret);
      const { status, wrong } = await doctor();
      await stack.putSecret(DOCUMENTED.token);
      expect(status).toBe(1);
      expect(wrong[0]).toMatchObject({
        check: 'secret',
        says: expect.stringContaining(says),
        remedy: expect.stringMatching(new RegExp(`: npm run oncall -- ${command} --stack-file \\S+$`)),
      });
      const skipped = { check: 'webhook', result: 'skipped', remedy: 'Fix the secret first.' };
      const hasToken = /aproved|good|"\*":"x"/.test(secret);
      expect(wrong.slice(1)).toEqual(hasToken ? [] : [expect.objectContaining(skipped)]);
    },
  );

  test('does not claim that the tokens are those of Fractal', async () => {
    const { findings } = await doctor();
    expect(findings[0]).toMatchObject({
      check: 'secret',
      result: 'ok',
      says: expect.stringContaining("Whether they are Fractal's, no check from here can tell"),
    });
  });

  test('reports a secret that is scheduled for deletion as wrong, with the command that restores it', async () => {
    const secrets = new SecretsManagerClient(client);
    await secrets.send(new DeleteSecretCommand({ SecretId: stack.secretId }));
    const { wrong } = await doctor();
    const restore = `aws secretsmanager restore-secret --secret-id ${stack.secretId} --endpoint-url ${stack.awsEndpointUrl} --region eu-central-1`;
    expect(wrong[0]).toEqual({
      check: 'secret',
      result: 'wrong',
      says: 'the secret is scheduled for deletion: AWS deletes it 7 to 30 days after that was requested',
      remedy: `Do not wait: restore it. ${restore}`,
    });
    const sent = await callCommand(['send', 'verification_approved', '--stack-file', stack.stackFile]);
    expect([sent.status, sent.stderr]).toEqual([2, expect.stringContaining(restore)]);
    const [, SecretId] = /restore-secret --secret-id (\S+)/.exec(wrong[0]?.remedy ?? '') ?? [];
    await secrets.send(new RestoreSecretCommand({ SecretId }));
    expect((await doctor()).wrong).toEqual([]);
  });

  test.each<[string, string, Partial<Fault>, RegExp]>([
    [
      'secret',
      'secret',
      { service: 'secretsmanager', fault: 'gone' },
      /^Create it again: npm start -- --stack-file \S+\. .*npm run oncall -- tokens set all --stack-file \S+; if .* tokens add TYPE --stack-file \S+$/,
    ],
    [
      'table',
      'table',
      { service: 'dynamodb', fault: 'gone' },
      /aws dynamodb list-backups --backup-type SYSTEM --table-name \S+ --endpoint-url/,
    ],
    ['queue', 'mapping', { service: 'sqs', fault: 'gone' }, /^Create it again: npm start -- --stack-file \S+$/],
    [
      'key of the secret',
      'secret',
      { service: 'secretsmanager', fault: 'key' },
      /aws kms describe-key --key-id KEY_ID --endpoint-url/,
    ],
    [
      'key of the queue',
      'mapping',
      { service: 'sqs', fault: 'key' },
      /^Do not wait: .*aws kms cancel-key-deletion --key-id arn:aws:kms:\S+ --endpoint-url/,
    ],
  ])('reports that the %s cannot be used as wrong, not as an outage', async (_, check, fault, remedy) => {
    await stack.setFaults([fault]);
    const { wrong } = await doctor();
    await stack.setFaults([]);
    expect(wrong).toContainEqual({ check, result: 'wrong', says: expect.any(String), remedy: expect.stringMatching(remedy) });
    expect(JSON.stringify(wrong)).not.toContain('health.aws');
  });

  test('reports that the event source mapping of apply is disabled, shows how to enable it, and sends nothing', async () => {
    const mapping = await stack.feed('sqs', false);
    const { status, wrong } = await doctor();
    await stack.feed('sqs', true);
    expect(status).toBe(1);
    expect(wrong.map(({ check }) => check)).toEqual(['mapping', 'webhook']);
    expect(wrong[0]?.remedy).toBe(
      `Enable it: aws lambda update-event-source-mapping --uuid ${mapping} --enabled --endpoint-url ${stack.awsEndpointUrl} --region eu-central-1`,
    );
    expect(await stack.queueDepth()).toBe(0);
  });

  test('reports that the event source mapping of publish is disabled, and does not wait for an event', async () => {
    await stack.feed('dynamodb', false);
    const { findings, wrong } = await doctor();
    await stack.feed('dynamodb', true);
    expect(wrong[0]).toMatchObject({ check: 'stream', says: 'the event source mapping of publish is not enabled: Disabled' });
    expect(findings).toContainEqual(expect.objectContaining({ check: 'round trip', result: 'ok' }));
    expect(findings.find(({ check }) => check === 'event')).toMatchObject({ result: 'skipped', remedy: 'Fix the stream first.' });
  });

  test('reports dead letters and the alarm that they trigger', async () => {
    await stack.deliver('nonsense');
    await eventually(async () =>
      expect((await stack.view<Record<string, string>>('alarms'))['FractalWebhooks-dead-letters']).toBe('ALARM'),
    );
    const { status, wrong } = await doctor();
    await stack.sqs.send(new PurgeQueueCommand({ QueueUrl: stack.deadLetterQueueUrl }));
    expect(status).toBe(1);
    expect(wrong).toMatchObject([
      { check: 'dead letters', says: '1 on the dead-letter queue', remedy: expect.stringContaining('dlq list') },
      {
        check: 'alarms',
        says: expect.stringMatching(/^FractalWebhooks-dead-letters is in ALARM since \d{4}-\d\d-\d\dT[\d:]+Z$/),
        remedy: 'See dead-letters in oncall/RUNBOOK.md.',
      },
    ]);
  });

  test('reports that the queue rejects messages, from the response of the webhook', async () => {
    await stack.setFaults([{ service: 'sqs', action: 'SendMessage', fault: 'error' }]);
    const { wrong } = await doctor();
    await stack.setFaults([]);
    expect(wrong).toContainEqual(
      expect.objectContaining({ check: 'webhook', says: expect.stringMatching(/^503 unavailable after \d+ ms$/) }),
    );
  });

  test('reports alarms whose actions are disabled', async () => {
    const cloudwatch = new CloudWatchClient(client);
    const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({}));
    const AlarmNames = [MetricAlarms[0]?.AlarmName as string];
    await cloudwatch.send(new DisableAlarmActionsCommand({ AlarmNames }));
    const { wrong } = await doctor();
    await cloudwatch.send(new EnableAlarmActionsCommand({ AlarmNames }));
    expect(wrong).toContainEqual({
      check: 'alarms',
      result: 'wrong',
      says: `actions disabled: ${AlarmNames[0]}`,
      remedy: `Enable them: aws cloudwatch enable-alarm-actions --alarm-names ${AlarmNames[0]} --endpoint-url ${stack.awsEndpointUrl} --region eu-central-1`,
    });
  });

  test.each<[string, Partial<Fault>]>([
    ['secret', { service: 'secretsmanager', fault: 'throttle' }],
    ['table', { service: 'dynamodb', fault: 'error' }],
  ])('reports a %s that could not be checked as unknown, not as wrong, and sends nothing', async (check, fault) => {
    await stack.setFaults([fault]);
    const { wrong } = await doctor();
    await stack.setFaults([]);
    expect(wrong).toContainEqual(
      expect.objectContaining({
        check,
        result: 'unknown',
        says: expect.stringMatching(/^could not be checked: AWS (returned|limits)/),
      }),
    );
    expect(wrong).toContainEqual(expect.objectContaining({ check: 'webhook', remedy: `Fix the ${check} first.` }));
  });

  test('--test-alarm puts one alarm into ALARM, and waits until the topic is notified', async () => {
    const { findings } = await doctor(['--test-alarm']);
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'test alarm', result: 'ok', says: expect.stringContaining('has notified the topic') }),
    );
    await eventually(async () => expect(stack.output()).toMatch(/all clear +FractalWebhooks-apply-throttled/));
  });

  test('--no-webhook sends nothing, and does not read the signing token', async () => {
    await stack.setFaults([{ service: 'secretsmanager', fault: 'error' }]);
    const before = await stack.view<Record<string, number>>('outcomes');
    const { findings } = await doctor(['--no-webhook']);
    await stack.setFaults([]);
    expect(findings.map(({ check }) => check)).toEqual(expect.not.arrayContaining(['secret', 'webhook', 'round trip']));
    expect(findings.filter(({ result }) => result === 'unknown')).toEqual([]);
    expect(await stack.view('outcomes')).toEqual(before);
  });

  test('reports that the concurrency of the account is too low for a burst', async () => {
    const env = {
      AWS_ENDPOINT_URL: stack.awsEndpointUrl,
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
    };
    // The test stack lets in 10,000 requests a second; the local account has 1,000 concurrent executions.
    const { findings } = await doctor(['--no-webhook', '--stack', 'FractalWebhooks'], env);
    expect(findings).toContainEqual({
      check: 'concurrency',
      result: 'wrong',
      says: expect.stringContaining('the account has 1000 unreserved concurrent executions, and a burst needs 15015'),
      remedy: expect.stringContaining('in infra/installations.ts, and deploy: npm run cdk -- deploy FractalWebhooks'),
    });
  });

  test('lists the rules of others with their targets, and reports rules that listeners have left', async () => {
    const eventBridge = new EventBridgeClient(client);
    const bus = { EventBusName: stack.eventBusName };
    const EventPattern = '{"source":["any"]}';
    const rulesIn = (findings: readonly { check: string; says: string; remedy?: string }[]) =>
      findings.filter(({ check }) => check === 'rules');
    expect(rulesIn((await doctor(['--no-webhook'])).findings)).toEqual([
      { check: 'rules', result: 'ok', says: 'nobody else receives the events of this bus' },
    ]);
    const [Arn, dead] = ['arn:aws:sqs:eu-central-1:999999999999:foreign', 'arn:aws:sqs:eu-central-1:999999999999:dead'];
    await eventBridge.send(new PutRuleCommand({ ...bus, Name: 'unlock', EventPattern }));
    const Targets = [{ Id: 'any', Arn, DeadLetterConfig: { Arn: dead } }];
    await eventBridge.send(new PutTargetsCommand({ ...bus, Rule: 'unlock', Targets }));
    const listed = `1 more rule: unlock → ${Arn}, ${dead}`;
    expect(rulesIn((await doctor(['--no-webhook'])).findings)).toEqual([{ check: 'rules', result: 'ok', says: listed }]);

    await eventBridge.send(new PutRuleCommand({ ...bus, Name: 'fractal-webhooks-listener-forever', EventPattern }));
    const [finding] = rulesIn((await doctor(['--no-webhook'])).wrong);
    expect(finding?.says).toBe(
      `left by listeners that did not end properly: fractal-webhooks-listener-forever → no target; ${listed}`,
    );
    const [, command = ''] = /npm run oncall -- (.*)$/.exec(finding?.remedy ?? '') ?? [];
    expect(command).toBe(`events --follow --stack-file ${stack.stackFile}`);
    const child = spawn(process.execPath, [ONCALL, ...command.split(' ')]);
    const exited = once(child, 'exit');
    for await (const chunk of child.stderr) if (/Listening/.test(String(chunk))) child.kill('SIGINT');
    expect(await exited).toEqual([130, null]);
    expect(rulesIn((await doctor(['--no-webhook'])).findings)).toEqual([{ check: 'rules', result: 'ok', says: listed }]);
  });

  test('reports that nobody is notified when an alarm triggers', async () => {
    const sns = new SNSClient(client);
    const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: stack.alarmTopicArn }));
    for (const { SubscriptionArn } of Subscriptions) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    expect((await doctor()).wrong).toContainEqual({
      check: 'listeners',
      result: 'wrong',
      says: 'nobody is notified when an alarm triggers',
      remedy: `Set alarmEmail in infra/installations.ts, and restart the local stack: npm start -- --stack-file ${stack.stackFile}`,
    });
  });
});
