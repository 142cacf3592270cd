import { randomUUID } from 'node:crypto';
import { CloudWatchClient, DescribeAlarmsCommand, type Metric, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { MetricName } from '../../emulator/cloudwatch/metrics.ts';
import { OWN_USER_AGENT } from '../../functions/core/own-requests.ts';
import { eventually } from '../support/eventually.ts';
import { aResult, aVerification, DOCUMENTED, signed } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';
import type { Json } from '../support/templates.ts';

const triggers = (stack: RunningStack, name: string, withinMs = 20_000) =>
  eventually(async () => expect(await stack.view('alarms')).toMatchObject({ [`FractalWebhooks-${name}`]: 'ALARM' }), withinMs);

const clientFor = ({ awsEndpointUrl, region }: RunningStack) => ({
  endpoint: awsEndpointUrl,
  region,
  credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
});

const alarmsOf = async (stack: RunningStack): Promise<MetricAlarm[]> => {
  const { MetricAlarms = [] } = await new CloudWatchClient(clientFor(stack)).send(new DescribeAlarmsCommand({}));
  return MetricAlarms;
};

/** The metrics of an alarm: one, or those of an expression. */
const metricsOf = ({ Metrics = [], ...alarm }: MetricAlarm): MetricName[] =>
  Metrics.length > 0 ? Metrics.map(({ MetricStat }) => metricOf(MetricStat?.Metric ?? {})) : [metricOf(alarm)];

const metricOf = ({ Namespace: namespace = '', MetricName: name = '', Dimensions = [] }: Metric): MetricName => ({
  namespace,
  name,
  dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name as string, Value as string])),
});

const ALARMS = 20;

/** Shortens the period of an alarm to seconds. */
const shortenPeriod =
  (name: string, seconds: number) =>
  ({ Resources }: Json): void => {
    for (const { Properties } of Object.values<Json>(Resources)) {
      if (Properties?.AlarmName !== `FractalWebhooks-${name}`) continue;
      if (Properties.Period) Properties.Period = seconds;
      for (const { MetricStat } of Properties.Metrics ?? []) if (MetricStat) MetricStat.Period = seconds;
    }
  };

/** Lets the alarm on unpublished changes trigger after seconds instead of minutes. */
const hurryEvents = ({ Resources }: Json): void => {
  for (const { Properties } of Object.values<Json>(Resources)) {
    if (Properties?.AlarmName !== 'FractalWebhooks-events-behind') continue;
    Object.assign(Properties, { Threshold: 1_000, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
  }
};

/**
 * In a running stack, with the metrics of AWS and of the metric filters on real logs. The log level is WARN, so no alarm may
 * depend on lines about success.
 */
describe('an alarm triggers', () => {
  let stack: RunningStack;
  let quiet: unknown;
  const watched = new Map<string, MetricName[]>();
  const measured: MetricName[] = [];

  beforeAll(async () => {
    // The secret has a wrong value before ingest reads it for the first time.
    stack = await runStack({
      installation: { logLevel: 'WARN', throttleRate: 10, throttleBurst: 40 },
      change: (template) => {
        for (const name of ['server-errors', 'more-dead-letters', 'more-events-unpublished', 'events-stopped'])
          shortenPeriod(name, 5)(template);
        hurryEvents(template);
      },
      args: ['--visibility-timeout', '2'],
    });
    await stack.putSecret('[]');
    quiet = await stack.view('alarms');
    for (const alarm of await alarmsOf(stack)) watched.set(alarm.AlarmName as string, metricsOf(alarm));
  });

  beforeEach(() => stack.setFaults([]));

  afterAll(() => stack.stop());

  const state = async (name: string) => (await stack.view<Record<string, string>>('alarms'))[`FractalWebhooks-${name}`];

  /** Three of the six attempts of one delivery are enough for `server-errors`, and it returns to OK when there are no more. */
  const failsRequests = async () => {
    expect(await state('server-errors')).not.toBe('ALARM');
    await eventually(async () => {
      // The flood of another test may still use up the throttle.
      for (let count = 0; count < 3; count += 1)
        await eventually(async () => expect((await stack.deliver(aVerification())).status).toBe(503));
      await triggers(stack, 'server-errors', 1_000);
    });
    await eventually(async () => expect(await state('server-errors')).toBe('OK'));
  };

  test('not initially', () => {
    expect(Object.values(quiet as Record<string, string>)).not.toContain('ALARM');
    expect(Object.keys(quiet as object)).toHaveLength(ALARMS);
  });

  test('when the secret cannot be read', async () => {
    await failsRequests();
    await stack.putSecret(DOCUMENTED.token);
    await eventually(async () => expect((await stack.deliver(aVerification())).status).toBe(202));
  });

  test('when a delivery is parked, and a second alarm when another message arrives while the first is waiting', async () => {
    await stack.deliver('nonsense');
    await triggers(stack, 'dead-letters');
    expect(await state('more-dead-letters')).toBe('OK');
    await eventually(async () => {
      // Sent directly, as SQS does when it moves a failed message.
      await stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.deadLetterQueueUrl, MessageBody: 'no envelope' }));
      await triggers(stack, 'more-dead-letters', 4_000);
    });
    await eventually(async () => expect(await state('more-dead-letters')).toBe('OK'));
  });

  test('and does not change its state when somebody receives from the dead-letter queue', async () => {
    const before = stack.output().length;
    const waiting = await stack.deadLetterDepth();
    const look = { QueueUrl: stack.deadLetterQueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 2 };
    const { Messages = [] } = await stack.sqs.send(new ReceiveMessageCommand(look));
    expect([waiting, Messages.length]).toEqual([waiting, waiting]);
    await eventually(async () => {
      expect(await state('dead-letters')).toBe('ALARM');
      expect((await stack.deadLetters()).length).toBe(waiting);
    });
    expect(stack.output().slice(before)).not.toMatch(/dead-letters/);
  });

  test('for invalid signatures when a token has changed, and no other alarm does', async () => {
    for (let count = 0; count < 5; count += 1) await stack.post(aVerification(), { 'x-fractal-signature': 'sha1=0' });
    await triggers(stack, 'wrong-signatures');
    expect(await state('unsigned-requests')).toBe('OK');
  });

  test('when an approval by Kraken contradicts a rejection', async () => {
    const user = randomUUID();
    await stack.deliver(aResult(user, 'rejected'));
    await eventually(async () => expect(await stack.item(`USER#${user}`, 'LEVEL#kraken')).toBeDefined());
    expect(await state('contested-results')).toBe('OK');
    await stack.deliver(aResult(user, 'approved'));
    await triggers(stack, 'contested-results');
  });

  test('for unsigned and for throttled requests during a flood', async () => {
    await eventually(async () => {
      await Promise.all(Array.from({ length: 50 }, () => stack.post('{}', {})));
      expect(await state('unsigned-requests')).toBe('ALARM');
    });
    await triggers(stack, 'throttled-requests');
    expect(await state('server-errors')).toBe('OK');
  });

  test('when requests get a 5xx response', async () => {
    await stack.setFaults([{ service: 'sqs', action: 'SendMessage', fault: 'error' }]);
    await failsRequests();
  });

  test('when apply fails on messages, and when the table is throttled', async () => {
    const throttle = { service: 'dynamodb', fault: 'throttle' } as const;
    await stack.setFaults([
      { ...throttle, action: 'UpdateItem' },
      { ...throttle, action: 'PutItem' },
    ]);
    for (let count = 0; count < 5; count += 1) await stack.deliver(aVerification());
    await triggers(stack, 'apply-failing');
    await triggers(stack, 'table-throttled');
  });

  test('when changes wait to be published, and when one cannot be published', async () => {
    await stack.setFaults([{ service: 'events', action: 'PutEvents', fault: 'error' }]);
    await eventually(async () => expect((await stack.deliver(aVerification())).status).toBe(202));
    await triggers(stack, 'events-behind');
    expect(await state('events-unpublished')).toBe('OK');
    await stack.setFaults([]);
    await stack.putItem({ pk: 'USER#any', sk: 'LEVEL#basic', as_of: 'no number' });
    await triggers(stack, 'events-unpublished');
    await eventually(async () => {
      await stack.putItem({ pk: `USER#${randomUUID()}`, sk: 'LEVEL#basic', as_of: 'no number' });
      await triggers(stack, 'more-events-unpublished', 4_000);
    });
  });

  test('when items are written and the mapping of publish is disabled', async () => {
    // A repeated notification changes nothing.
    for (let time = 0; time < 2; time += 1) expect((await stack.deliver(aVerification({ user: 'jane' }))).status).toBe(202);
    await stack.feed('dynamodb', false);
    await eventually(async () => {
      expect((await stack.deliver(aVerification({ user: randomUUID() }))).status).toBe(202);
      await triggers(stack, 'events-stopped', 4_000);
    });
    await stack.feed('dynamodb', true);
  });

  test("when an event can't be delivered to the target of a team's rule, and the log names the rule", async () => {
    const events = new EventBridgeClient(clientFor(stack));
    const EventBusName = 'FractalWebhooks-changes';
    await events.send(new PutRuleCommand({ Name: 'unlock', EventBusName, EventPattern: '{"source":["fractal-webhooks"]}' }));
    const Targets = [{ Id: 'gone', Arn: 'arn:aws:sqs:eu-central-1:000000000000:gone' }];
    await events.send(new PutTargetsCommand({ Rule: 'unlock', EventBusName, Targets }));
    await eventually(async () => expect((await stack.deliver(aVerification({ user: randomUUID() }))).status).toBe(202));
    await triggers(stack, 'events-undelivered');
  });

  test('when apply crashes', async () => {
    await stack.setFaults([{ service: 'dynamodb', action: 'UpdateItem', fault: 'hang' }]);
    for (let crash = 0; crash < 3; crash += 1) {
      const before = (await stack.view<Record<string, number>>('injected'))['dynamodb hang'] ?? 0;
      await stack.deliver(aVerification());
      await eventually(async () =>
        expect((await stack.view<Record<string, number>>('injected'))['dynamodb hang'] ?? 0).toBeGreaterThan(before),
      );
      const processes = await stack.view<{ name: string; pids: number[] }[]>('processes');
      for (const pid of processes.find(({ name }) => /Apply/.test(name))?.pids ?? []) process.kill(pid, 'SIGKILL');
    }
    await triggers(stack, 'apply-crashing');
    measured.push(...(await stack.view<MetricName[]>('metrics')));
  });

  test("when Fractal has sent nothing, although the product's own delivery was accepted", async () => {
    const silent = await runStack({
      installation: { logLevel: 'WARN' },
      change: ({ Resources }) => {
        for (const { Properties } of Object.values<Json>(Resources)) {
          if (Properties?.AlarmName !== 'FractalWebhooks-nothing-received') continue;
          Object.assign(Properties, { EvaluationPeriods: 1, DatapointsToAlarm: 1 });
        }
      },
    });
    const stateOf = async () => (await silent.view<Record<string, string>>('alarms'))['FractalWebhooks-nothing-received'];
    const body = aVerification();
    const own = { 'x-fractal-signature': signed(body), 'user-agent': `${OWN_USER_AGENT}1.2.3` };
    expect((await silent.post(body, own)).status).toBe(202);
    await eventually(async () => {
      const names = (await silent.view<MetricName[]>('metrics')).map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['Acknowledged', 'Own']));
    });
    await triggers(silent, 'nothing-received');
    await silent.deliver(aVerification());
    await eventually(async () => expect(await stateOf()).toBe('OK'));
    measured.push(...(await silent.view<MetricName[]>('metrics')));
    await silent.stop();
  });

  test('when Lambda throttles apply', async () => {
    const throttled = await runStack({
      change: ({ Resources }) => {
        const [, apply] = Object.entries<Json>(Resources).find(([id]) => /^ApplyFunction[0-9A-F]{8}$/.test(id)) ?? [];
        Object.assign(apply?.Properties, { ReservedConcurrentExecutions: 0 });
      },
    });
    await throttled.deliver(aVerification());
    await triggers(throttled, 'apply-throttled');
    measured.push(...(await throttled.view<MetricName[]>('metrics')));
    await throttled.stop();
  });

  test('and uses a metric that exists with exactly this name and these dimensions', () => {
    expect(watched.size).toBe(ALARMS);
    const names = measured.map((metric) => JSON.stringify(metric));
    for (const [alarm, metrics] of watched)
      for (const metric of metrics)
        expect([alarm, metric, names.includes(JSON.stringify(metric))]).toEqual([alarm, metric, true]);
  });
});
