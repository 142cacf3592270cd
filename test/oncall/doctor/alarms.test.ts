import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { awsAnswer } from '../../../emulator/aws/request.ts';
import { xmlAnswer } from '../../../emulator/aws/xml.ts';
import { createSns, type Subscription } from '../../../emulator/engines/sns.ts';
import type { Finding } from '../../../oncall/doctor/finding.ts';
import { startAwsWith } from '../../support/aws-with.ts';
import { instantWaits } from '../../support/instant-waits.ts';
import { createAlarmed } from '../../support/local-alarms.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:000000000000:alarms';
const OTHER_TOPIC = 'arn:aws:sns:eu-central-1:000000000000:other';

const clock = instantWaits();
const { alarmsOf, checkAlarms, checkDelivery, checkListeners } = await import('../../../oncall/doctor/alarms.ts');
const { testAlarm } = await import('../../../oncall/doctor/test-alarm.ts');

let alarms: ReturnType<typeof createAlarmed>;
let subscriptions: Map<string, Subscription>;
let aws: Awaited<ReturnType<typeof startAwsWith>>;

beforeEach(async () => {
  alarms = createAlarmed(TOPIC);
  subscriptions = new Map();
  aws = await startAwsWith({ cloudwatch: alarms.serve, sns: createSns(subscriptions) });
});

afterEach(() => aws.stop());

const findings = async (): Promise<Finding[]> =>
  Array.fromAsync(checkAlarms(aws.target, { began: clock.now(), secretSince: undefined }));

const runbook = (section: string) => ({
  AlarmDescription: `It failed. Dashboard: https://d Runbook: oncall/RUNBOOK.md#${section}`,
});

describe('the alarms', () => {
  test('are counted if none is in ALARM, without those of another topic', async () => {
    alarms.create('S-one', runbook('one'));
    alarms.create('S-two', runbook('two'));
    alarms.create('S-other', { AlarmActions: [OTHER_TOPIC] });
    expect(await findings()).toEqual([{ check: 'alarms', result: 'ok', says: '2, none in ALARM' }]);
  });

  test('are missing', async () => {
    const missing = [
      {
        check: 'alarms',
        result: 'wrong',
        says: 'this stack has no alarms',
        remedy: 'Redeploy the stack: npm run cdk -- deploy S',
      },
    ];
    expect(await findings()).toEqual(missing);
    aws.around('cloudwatch', 'DescribeAlarms', async () => awsAnswer({}));
    expect(await findings()).toEqual(missing);
  });

  test('whose actions are disabled are named, with the command that enables them', async () => {
    alarms.create('S-one');
    alarms.create("a team's alarm");
    alarms.create('S-enabled');
    await alarms.mute(['S-one', "a team's alarm"]);
    expect(await findings()).toEqual([
      {
        check: 'alarms',
        result: 'wrong',
        says: "actions disabled: S-one, a team's alarm",
        remedy: `Enable them: aws cloudwatch enable-alarm-actions --alarm-names S-one 'a team'\\''s alarm' --region eu-central-1`,
      },
    ]);
  });

  test('whose actions are disabled are named beside those in ALARM', async () => {
    alarms.create('S-one');
    alarms.create('S-two');
    await alarms.mute(['S-one']);
    await alarms.trigger('S-two');
    expect((await findings()).map(({ result, says }) => [result, says.split(' since')[0]])).toEqual([
      ['wrong', 'actions disabled: S-one'],
      ['wrong', 'S-two is in ALARM'],
    ]);
  });

  test('in ALARM are reported one by one, each with its section of the runbook', async () => {
    const since = new Date(clock.now()).toISOString().slice(0, 19);
    alarms.create('S-server-errors', { AlarmDescription: 'Runbook: https://example.com/RUNBOOK.md#server-errors' });
    alarms.create('S-dead-letters', runbook('dead-letters'));
    alarms.create('S-ok', runbook('ok'));
    await alarms.trigger('S-server-errors');
    clock.pass(999);
    await alarms.trigger('S-dead-letters');
    expect(await findings()).toEqual([
      {
        check: 'alarms',
        result: 'wrong',
        says: `S-server-errors is in ALARM since ${since}Z`,
        remedy: 'See server-errors in https://example.com/RUNBOOK.md.',
      },
      {
        check: 'alarms',
        result: 'wrong',
        says: `S-dead-letters is in ALARM since ${since}Z`,
        remedy: 'See dead-letters in oncall/RUNBOOK.md.',
      },
    ]);
  });

  test('in ALARM that somebody has added to the topic are looked up in CloudWatch', async () => {
    alarms.create("a team's", { AlarmDescription: 'Runbook: https://wiki.example.com/runbook#teams and the next page' });
    await alarms.trigger("a team's");
    expect(await findings()).toEqual([
      {
        check: 'alarms',
        result: 'wrong',
        says: expect.stringMatching(/^a team's is in ALARM since /),
        remedy: `The runbook does not cover it. See its description: aws cloudwatch describe-alarms --alarm-names 'a team'\\''s' --region eu-central-1`,
      },
    ]);
  });

  test('in ALARM may have no time and no description', async () => {
    aws.around('cloudwatch', 'DescribeAlarms', async () =>
      awsAnswer({ MetricAlarms: [{ AlarmName: 'new', ActionsEnabled: true, StateValue: 'ALARM' }] }),
    );
    const [finding] = await findings();
    expect(finding).toMatchObject({ says: 'new is in ALARM', remedy: expect.stringContaining(' --alarm-names new --region') });
  });

  test('for invalid signatures come with a finding on the signatures, counted before doctor sent its own delivery', async () => {
    alarms.create('S-wrong-signatures', { ...runbook('wrong-signatures'), Namespace: 'Stack/S' });
    await alarms.trigger('S-wrong-signatures');
    alarms.put({ namespace: 'Stack/S', name: 'Acknowledged' }, 2);
    clock.pass(30_000);
    alarms.put({ namespace: 'Stack/S', name: 'Acknowledged' }, 5);
    clock.pass(30_000);
    const says = async (lagMs: number) => {
      const times = { began: clock.now(), secretSince: undefined };
      const [alarm, signatures] = await Array.fromAsync(checkAlarms({ ...aws.target, lagMs }, times));
      expect(alarm?.remedy).toBe('See wrong-signatures in oncall/RUNBOOK.md.');
      return signatures?.says;
    };
    expect(await says(0)).toMatch(/^in the last hour, none was refused, and 7 of Fractal's were accepted\. The alarm clears/);
    expect(await says(45_000)).toMatch(/^in the last hour, none was refused, and 2 of Fractal's were accepted\./);
    await alarms.end('S-wrong-signatures');
    expect((await findings()).at(-1)).toEqual({
      check: 'signatures',
      result: 'ok',
      says: "in the last hour, none was refused, and 7 of Fractal's were accepted",
    });
  });
});

describe('the listeners', () => {
  const subscribed = (arns: readonly string[]): void => {
    const members = arns.map((arn) => `<member><SubscriptionArn>${arn}</SubscriptionArn></member>`).join('');
    aws.around('sns', 'ListSubscriptionsByTopic', async () =>
      xmlAnswer('ListSubscriptionsByTopic', `<Subscriptions>${members}</Subscriptions>`),
    );
  };

  test('are those that have confirmed', async () => {
    subscriptions.set(`${TOPIC}:1`, { topicArn: TOPIC, protocol: 'email', endpoint: 'on-call@example.com' });
    subscriptions.set(`${OTHER_TOPIC}:1`, { topicArn: OTHER_TOPIC, protocol: 'email', endpoint: 'on-call@example.com' });
    expect(await checkListeners(aws.target)).toEqual({
      check: 'listeners',
      result: 'ok',
      says: '1 notified when an alarm triggers',
    });
    subscribed([`${TOPIC}:1`, 'PendingConfirmation', `${TOPIC}:2`, 'Deleted']);
    expect((await checkListeners(aws.target)).says).toBe('2 notified when an alarm triggers');
  });

  test('have yet to confirm', async () => {
    for (const arn of ['PendingConfirmation', 'Deleted']) {
      subscribed([arn]);
      expect(await checkListeners(aws.target)).toEqual({
        check: 'listeners',
        result: 'wrong',
        says: 'no subscription to the alarms is confirmed',
        remedy: 'Follow the link in the e-mail from AWS.',
      });
    }
  });

  test('are missing', async () => {
    const missing = {
      check: 'listeners',
      result: 'wrong',
      says: 'nobody is notified when an alarm triggers',
      remedy: 'Set alarmEmail in infra/installations.ts, and deploy: npm run cdk -- deploy S',
    };
    expect(await checkListeners(aws.target)).toEqual(missing);
    aws.around('sns', 'ListSubscriptionsByTopic', async () => xmlAnswer('ListSubscriptionsByTopic', ''));
    expect(await checkListeners(aws.target)).toEqual(missing);
  });
});

describe('the delivery of alarms', () => {
  const REMEDY = 'The policy of the topic, or of its key, denies it. Redeploy the stack: npm run cdk -- deploy S';
  const NONE = { check: 'delivery', result: 'ok', says: 'no alarm has triggered yet; --test-alarm tests one' };

  test('is not known before an alarm has triggered', async () => {
    expect(await checkDelivery(aws.target)).toEqual(NONE);
    alarms.create('S-other', { AlarmActions: [OTHER_TOPIC] });
    await alarms.trigger('S-other');
    expect(await checkDelivery(aws.target)).toEqual(NONE);
    alarms.create('S-one');
    aws.around('cloudwatch', 'DescribeAlarmHistory', async () => awsAnswer({}));
    expect(await checkDelivery(aws.target)).toEqual(NONE);
    aws.around('cloudwatch', 'DescribeAlarmHistory', async () => awsAnswer({ AlarmHistoryItems: [{ AlarmName: 'S-one' }] }));
    expect(await checkDelivery(aws.target)).toEqual(NONE);
  });

  test("asks for the history of the stack's own alarms only", async () => {
    alarms.create('S-one');
    alarms.create('S-other', { AlarmActions: [OTHER_TOPIC] });
    const asked: unknown[] = [];
    aws.around('cloudwatch', 'DescribeAlarmHistory', async (serve, _, { body }) => {
      asked.push(JSON.parse(body.toString()).AlarmName);
      return serve();
    });
    await checkDelivery(aws.target);
    expect(asked).toEqual(['S-one']);
  });

  test('works if the last notification of each alarm has reached the topic', async () => {
    for (const name of ['S-one', 'S-two']) alarms.create(name, { OKActions: [TOPIC] });
    alarms.state.refusal = 'denied';
    await alarms.trigger('S-one');
    alarms.state.refusal = undefined;
    await alarms.end('S-one');
    expect(await checkDelivery(aws.target)).toEqual({
      check: 'delivery',
      result: 'ok',
      says: '1 alarm has notified the topic',
    });
    await alarms.trigger('S-two');
    expect((await checkDelivery(aws.target)).says).toBe('2 alarms have notified the topic');
  });

  test('fails if the last notification of an alarm did not reach the topic', async () => {
    for (const name of ['S-one', 'S-two', 'S-three']) alarms.create(name, { OKActions: [TOPIC] });
    for (const name of ['S-one', 'S-two', 'S-three']) await alarms.trigger(name);
    alarms.state.refusal = 'denied';
    await alarms.end('S-one');
    await alarms.end('S-two');
    expect(await checkDelivery(aws.target)).toEqual({
      check: 'delivery',
      result: 'wrong',
      says: 'CloudWatch could not notify the topic for S-one, S-two',
      remedy: REMEDY,
    });
  });
});

describe('--test-alarm', () => {
  test('needs its alarm', async () => {
    alarms.create('S-apply-throttled-more');
    expect(await testAlarm(aws.target)).toEqual({
      check: 'test alarm',
      result: 'wrong',
      says: 'there is no alarm to test',
      remedy: 'Redeploy the stack: npm run cdk -- deploy S',
    });
  });

  test('changes nothing while that alarm is in ALARM', async () => {
    alarms.create('S-apply-throttled');
    await alarms.trigger('S-apply-throttled');
    expect(await testAlarm(aws.target)).toEqual({
      check: 'test alarm',
      result: 'unknown',
      says: 'S-apply-throttled is in ALARM already',
      remedy: 'Retry when it has returned to OK.',
    });
  });

  const NOTIFIED = {
    check: 'test alarm',
    result: 'ok',
    says: 'S-apply-throttled has notified the topic: check that the e-mail or other notification has arrived',
  };

  test('waits until CloudWatch has notified the topic again', async () => {
    alarms.create('S-other');
    alarms.create('S-apply-throttled', { AlarmActions: [OTHER_TOPIC, TOPIC] });
    await alarms.trigger('S-apply-throttled');
    await alarms.end('S-apply-throttled');
    clock.pass(5_000);
    // The notification of before is the last for two more looks.
    let looks = 0;
    let before: ReturnType<typeof alarms.serve> | undefined;
    aws.around('cloudwatch', 'DescribeAlarmHistory', async (serve) => {
      looks += 1;
      before ??= serve();
      return looks < 4 ? before : serve();
    });
    const started = clock.now();
    expect(await testAlarm(aws.target)).toEqual(NOTIFIED);
    expect([looks, clock.now() - started]).toEqual([4, 2_000]);
    expect((await findings()).map(({ says }) => says.slice(0, 29))).toEqual(['S-apply-throttled is in ALARM']);
  });

  test('works for an alarm that has never triggered', async () => {
    const said: unknown[] = [];
    const error = jest.spyOn(console, 'error').mockImplementation((line) => void said.push(line));
    const { isTTY } = process.stderr;
    process.stderr.isTTY = true;
    alarms.create('S-apply-throttled', { AlarmActions: [TOPIC, OTHER_TOPIC] });
    expect(await testAlarm(aws.target)).toEqual(NOTIFIED);
    process.stderr.isTTY = isTTY;
    error.mockRestore();
    expect(said).toEqual(['       waiting for CloudWatch to notify the topic …']);
    // The subscribers read why.
    const [alarm] = await alarmsOf(aws.target);
    expect(alarm?.StateReason).toBe('A test by doctor --test-alarm of fractal-webhooks.');
  });

  test('reports that CloudWatch could not notify the topic', async () => {
    alarms.create('S-apply-throttled');
    alarms.state.refusal = 'denied';
    expect(await testAlarm(aws.target)).toEqual({
      check: 'test alarm',
      result: 'wrong',
      says: 'CloudWatch could not notify the topic for S-apply-throttled',
      remedy: 'The policy of the topic, or of its key, denies it. Redeploy the stack: npm run cdk -- deploy S',
    });
  });

  test('gives up after a minute', async () => {
    alarms.create('S-apply-throttled');
    let looks = 0;
    aws.around('cloudwatch', 'DescribeAlarmHistory', async () => {
      looks += 1;
      return awsAnswer(looks % 2 === 0 ? {} : { AlarmHistoryItems: [{ AlarmName: 'S-apply-throttled' }] });
    });
    expect(await testAlarm(aws.target)).toEqual({
      check: 'test alarm',
      result: 'unknown',
      says: 'S-apply-throttled was put into ALARM, but its history shows no action after 60 s',
      remedy: 'Run this again.',
    });
    expect(looks).toBe(61);
  });
});
