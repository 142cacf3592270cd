import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { awsAnswer, awsError } from '../../../emulator/aws/request.ts';
import { createEventSourceMappings } from '../../../emulator/engines/lambda/event-source-mappings.ts';
import { createLambda } from '../../../emulator/engines/lambda/lambda.ts';
import { type SqsEngine, startSqs } from '../../../emulator/engines/sqs/fauxqs.ts';
import { startAwsWith } from '../../support/aws-with.ts';
import { instantWaits } from '../../support/instant-waits.ts';
import { createAlarmed } from '../../support/local-alarms.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:000000000000:alarms';
const QUEUE = 'arn:aws:sqs:eu-central-1:000000000000:main';

const clock = instantWaits();
const { sectionOnApply } = await import('../../../oncall/doctor/section-on-apply.ts');

let sqs: SqsEngine;
let aws: Awaited<ReturnType<typeof startAwsWith>>;
let alarms: ReturnType<typeof createAlarmed>;

beforeAll(async () => {
  sqs = await startSqs('eu-central-1', undefined);
  const idle = { drain: async () => {}, stop: async () => {} };
  const mappings = createEventSourceMappings([
    { id: 'm', sourceArn: QUEUE, functionName: 'apply:live', start: () => idle as never },
  ]);
  aws = await startAwsWith({
    sqs: sqs.serve,
    lambda: createLambda([], mappings.serve),
    cloudwatch: (request) => alarms.serve(request),
  });
  await new SQSClient(aws.target.client).send(new CreateQueueCommand({ QueueName: 'main' }));
});

afterAll(async () => {
  await aws.stop();
  await sqs.stop();
});

afterEach(() => aws.restore());

/** Creates these alarms, of which those that are named are in ALARM. */
const triggered = async (...names: readonly string[]): Promise<void> => {
  alarms = createAlarmed(TOPIC);
  for (const name of ['S-oldest-message', 'S-apply-failing', 'S-table-throttled', 'S-apply-throttled', 'S-apply-crashing']) {
    alarms.create(name);
    if (names.includes(name)) await alarms.trigger(name);
  }
};

const failing = (name: string, value: number, FunctionName = 'apply'): void =>
  alarms.put({ namespace: 'AWS/Lambda', name, dimensions: { FunctionName } }, value);

describe('the section of the runbook on why apply does not write', () => {
  test.each([
    [['S-oldest-message'], 'oldest-message'],
    [['S-oldest-message', 'S-apply-failing'], 'apply-failing'],
    [['S-apply-failing', 'S-table-throttled'], 'table-throttled'],
    [['S-table-throttled', 'S-apply-throttled'], 'apply-throttled'],
    [['S-oldest-message', 'S-apply-throttled', 'S-apply-crashing'], 'apply-crashing'],
  ])('with the alarms %j is that of the most specific', async (names, section) => {
    await triggered(...names);
    expect(await sectionOnApply(aws.target)).toBe(section);
  });

  test('without an alarm is by the metrics of apply within a quarter of an hour', async () => {
    await triggered();
    failing('Errors', 3, 'publish');
    expect(await sectionOnApply(aws.target)).toBe('apply-failing');
    failing('Throttles', 1);
    failing('Throttles', 0);
    expect(await sectionOnApply(aws.target)).toBe('apply-throttled');
    failing('Errors', 0);
    expect(await sectionOnApply(aws.target)).toBe('apply-throttled');
    clock.pass(60_000);
    failing('Errors', 1);
    expect(await sectionOnApply(aws.target)).toBe('apply-crashing');
    clock.pass(15 * 60_000 + 1_000);
    expect(await sectionOnApply(aws.target)).toBe('apply-failing');
  });

  test('is apply-failing if nothing can be read about alarms and metrics', async () => {
    await triggered('S-apply-crashing');
    failing('Throttles', 1);
    aws.around('cloudwatch', 'DescribeAlarms', async () => awsError(400, 'AccessDeniedException', 'no'));
    expect(await sectionOnApply(aws.target)).toBe('apply-throttled');
    aws.around('cloudwatch', 'GetMetricData', async () => awsError(400, 'AccessDeniedException', 'no'));
    expect(await sectionOnApply(aws.target)).toBe('apply-failing');
    aws.restore();
    await triggered();
    failing('Errors', 1);
    for (const [service, action] of [
      ['sqs', 'GetQueueAttributes'],
      ['lambda', /event-source-mappings/],
    ] as const) {
      aws.around(service, action, async () => awsError(400, 'AccessDeniedException', 'no'));
      expect(await sectionOnApply(aws.target)).toBe('apply-failing');
      aws.restore();
    }
    await triggered();
    for (const answer of [{}, { MetricDataResults: [{ Id: 'errors' }] }]) {
      aws.around('cloudwatch', 'GetMetricData', async () => awsAnswer(answer));
      expect(await sectionOnApply(aws.target)).toBe('apply-failing');
    }
    aws.around('cloudwatch', 'DescribeAlarms', async () => awsAnswer({ MetricAlarms: [{ StateValue: 'ALARM' }] }));
    expect(await sectionOnApply(aws.target)).toBe('apply-failing');
  });

  test('is apply-failing if apply has no event source mapping', async () => {
    await triggered();
    failing('Errors', 1);
    aws.around('lambda', /event-source-mappings/, async () => awsAnswer({ EventSourceMappings: [] }));
    expect(await sectionOnApply(aws.target)).toBe('apply-failing');
  });
});
