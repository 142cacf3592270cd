import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readAlarm, stateOf } from '../../local/cloudwatch/alarm.ts';
import { putQueueMetrics } from '../../local/cloudwatch/aws-metrics.ts';
import { readMetricFilter } from '../../local/cloudwatch/metric-filter.ts';
import { createMetrics, type MetricName } from '../../local/cloudwatch/metrics.ts';
import { readAssembly } from '../../local/template/assembly.ts';
import { type Properties, resolveTemplate } from '../../local/template/resolve.ts';
import { synthesize } from '../../local/template/synthesize.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification, DOCUMENTED } from '../support/notifications.ts';
import { assemblyFolder } from '../support/once.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

const rings = (stack: RunningStack, name: string, withinMs = 20_000) =>
  eventually(async () => expect(await stack.view('alarms')).toMatchObject({ [`FractalWebhooks-${name}`]: 'ALARM' }), withinMs);

const alarmsOf = async ({ awsEndpointUrl, region }: RunningStack): Promise<MetricAlarm[]> => {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const { MetricAlarms = [] } = await new CloudWatchClient({ endpoint: awsEndpointUrl, region, credentials }).send(
    new DescribeAlarmsCommand({}),
  );
  return MetricAlarms;
};

const metricOf = ({ Namespace: namespace = '', MetricName: name = '', Dimensions = [] }: MetricAlarm): MetricName => ({
  namespace,
  name,
  dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name as string, Value as string])),
});

/** In a stack that runs, with the metrics that AWS and the filters make of what the functions really do and log. */
describe('an alarm rings', () => {
  let stack: RunningStack;
  let quiet: unknown;
  const watched = new Map<string, MetricName>();
  const measured: MetricName[] = [];

  beforeAll(async () => {
    // Secrets Manager holds a wrong value before ingest has asked for it once.
    stack = await runStack({ args: ['--visibility-timeout', '2'] });
    await stack.putSecret('[]');
    quiet = await stack.view('alarms');
    for (const alarm of await alarmsOf(stack)) watched.set(alarm.AlarmName as string, metricOf(alarm));
  });

  beforeEach(() => stack.setFaults([]));

  afterAll(() => stack.stop());

  test('not at first', () => {
    expect(Object.values(quiet as Record<string, string>)).not.toContain('ALARM');
    expect(Object.keys(quiet as object)).toHaveLength(9);
  });

  test('when the secret can not be read', async () => {
    expect((await stack.deliver(aVerification())).status).toBe(503);
    await rings(stack, 'secret-unreadable');
    await stack.putSecret(DOCUMENTED.token);
    await eventually(async () => expect((await stack.deliver(aVerification())).status).toBe(202), 30_000);
  });

  test('when a delivery is parked', async () => {
    await stack.deliver('nonsense');
    await rings(stack, 'dead-letters');
  });

  test('when deliveries are refused again and again', async () => {
    for (let count = 0; count < 10; count += 1) await stack.post(aVerification(), { 'x-fractal-signature': 'sha1=0' });
    await rings(stack, 'refusals');
  });

  test('when Fractal is answered 5xx', async () => {
    await stack.setFaults([{ service: 'sqs', action: 'SendMessage', fault: 'error' }]);
    for (let count = 0; count < 3; count += 1) expect((await stack.deliver(aVerification())).status).toBe(503);
    await rings(stack, 'server-errors');
  });

  test('when messages fail to be applied, and when the table is throttled', async () => {
    await stack.setFaults([{ service: 'dynamodb', action: 'UpdateItem', fault: 'throttle' }]);
    for (let count = 0; count < 5; count += 1) await stack.deliver(aVerification());
    await rings(stack, 'apply-failing');
    await rings(stack, 'table-throttled');
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
    await rings(stack, 'apply-crashing');
    measured.push(...(await stack.view<MetricName[]>('metrics')));
  }, 60_000);

  test('when Lambda refuses to run apply', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-throttled-'));
    await cp(assemblyFolder(), folder, { recursive: true });
    const file = join(folder, 'FractalWebhooks.template.json');
    const template = await readFile(file, 'utf8');
    await writeFile(file, template.replace('"ReservedConcurrentExecutions": 10', '"ReservedConcurrentExecutions": 0'));
    const throttled = await runStack({ args: ['--assembly', folder] });
    await throttled.deliver(aVerification());
    await rings(throttled, 'apply-throttled');
    measured.push(...(await throttled.view<MetricName[]>('metrics')));
    await throttled.stop();
    await rm(folder, { recursive: true });
  });

  test('and watches a metric that was measured, to the letter of its name and dimensions', () => {
    expect(watched.size).toBe(9);
    const names = measured.map((metric) => JSON.stringify(metric));
    for (const [alarm, metric] of watched) expect([alarm, names.includes(JSON.stringify(metric))]).toEqual([alarm, true]);
  });
});

/** Of what takes longer than a test: the template's alarms, over metrics that are put at will. */
describe('an alarm, after hours,', () => {
  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  const seen: Record<string, Properties> = {};

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-silence-'));
    await synthesize(folder, { silenceAlarmHours: 3 });
    const { template } = await readAssembly(folder);
    const anyAttribute = new Proxy({}, { get: (_, name) => String(name) }) as Record<string, string>;
    await resolveTemplate(
      { ...template, Outputs: {} },
      { 'AWS::Region': 'r', 'AWS::Partition': 'aws', 'AWS::AccountId': '1' },
      () => (id, properties) => {
        seen[id] = properties;
        return {
          ref: id,
          attributes: { ...anyAttribute, Arn: `arn:aws:x:r:1:${id}`, QueueName: id, Version: '1', ApiEndpoint: 'x' },
        };
      },
    );
    await rm(folder, { recursive: true });
  });

  const named = (name: string): Properties =>
    Object.values(seen).find(({ AlarmName }) => AlarmName === `FractalWebhooks-${name}`) as Properties;

  test('rings when a message has waited for longer than five failures take, and not before', () => {
    const alarm = readAlarm(named('oldest-message'));
    const state = (oldestMs: number) => {
      const metrics = createMetrics();
      putQueueMetrics((metric, value) => metrics.put(metric, value, 0), 'NotificationsQueue91395D8F', { visible: 1, oldestMs });
      return stateOf(alarm, metrics, 0);
    };
    expect([state(5 * 61_000), state(611_000)]).toEqual(['OK', 'ALARM']);
  });

  test('rings when nothing was accepted for as long as is set, also if nothing was ever logged', () => {
    const alarm = readAlarm(named('nothing-received'));
    const filter = Object.values(seen).find(({ FilterPattern }) => FilterPattern?.includes('"accepted"')) as Properties;
    const { metric, valueIn } = readMetricFilter(filter);
    const metrics = createMetrics();
    expect(stateOf(alarm, metrics, 0)).toBe('ALARM');
    metrics.put(metric, valueIn({ level: 'INFO', message: 'accepted', id: 'x' }) as number, 0);
    expect(stateOf(alarm, metrics, MINUTE)).toBe('OK');
    expect(stateOf(alarm, metrics, 2 * HOUR + 59 * MINUTE)).toBe('OK');
    expect(stateOf(alarm, metrics, 3 * HOUR)).toBe('ALARM');
  });
});
