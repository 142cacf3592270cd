import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../support/effort.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningStack, runStack } from '../../support/running-stack.ts';

let stack: RunningStack;

beforeAll(async () => {
  stack = await runStack();
});

afterAll(() => stack.stop());

/** Calls an action with the query protocol, signed with this access key. */
const call = async (service: string, form: Record<string, string>, accessKeyId = 'any') => {
  const response = await fetch(stack.awsEndpointUrl, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20240101/eu-central-1/${service}/aws4_request` },
    body: new URLSearchParams({ Version: '2012-11-05', ...form }),
  });
  expect(response.headers.get('content-type')).toBe('text/xml');
  return { status: response.status, xml: await response.text() };
};

/** The texts of all elements of this name. */
const textsOf = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) =>
    text.replaceAll('&#xD;', '\r').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
  );

describe('SQS with the query protocol', () => {
  const ofQueue = (form: Record<string, string>, accessKeyId?: string) =>
    call('sqs', { QueueUrl: stack.deadLetterQueueUrl, ...form }, accessKeyId);
  const receive = () =>
    ofQueue({ Action: 'ReceiveMessage', MaxNumberOfMessages: '10', 'AttributeName.1': 'All', 'MessageAttributeName.1': 'All' });

  afterEach(async () => {
    await stack.setFaults([]);
    await stack.sqs.send(new PurgeQueueCommand({ QueueUrl: stack.deadLetterQueueUrl }));
  });

  test('sends a message with attributes, which clients with JSON receive', async () => {
    const { xml } = await ofQueue({
      Action: 'SendMessage',
      MessageBody: 'body',
      'MessageAttribute.1.Name': 'colour',
      'MessageAttribute.1.Value.DataType': 'String',
      'MessageAttribute.1.Value.StringValue': 'blue',
    });
    const look = { QueueUrl: stack.deadLetterQueueUrl, MessageAttributeNames: ['All'] };
    const { Messages = [] } = await stack.sqs.send(new ReceiveMessageCommand(look));
    expect(Messages).toMatchObject([
      { Body: 'body', MessageAttributes: { colour: { DataType: 'String', StringValue: 'blue' } } },
    ]);
    expect(textsOf(xml, 'MessageId')).toEqual(Messages.map(({ MessageId }) => MessageId));
  });

  test('receives a message with attributes that was sent with JSON', async () => {
    const MessageAttributes = { colour: { DataType: 'String', StringValue: 'blue' } };
    const message = { QueueUrl: stack.deadLetterQueueUrl, MessageBody: 'body', MessageAttributes };
    await stack.sqs.send(new SendMessageCommand(message));
    const { xml } = await receive();
    expect(textsOf(xml, 'Body')).toEqual(['body']);
    expect(textsOf(xml, 'Name')).toEqual(expect.arrayContaining(['SentTimestamp', 'ApproximateReceiveCount', 'colour']));
    expect(textsOf(xml, 'StringValue')).toEqual(['blue']);
  });

  test('transports any valid text', async () => {
    const text = fc.string({
      minLength: 1,
      unit: fc.constantFrom('<', '&', '>', ']', '"', '\r', '\n', '\t', ' ', '+', '%', 'é', 'x'),
    });
    await fc.assert(
      fc.asyncProperty(text, async (MessageBody) => {
        await ofQueue({ Action: 'SendMessage', MessageBody });
        const { xml } = await receive();
        expect(textsOf(xml, 'Body')).toEqual([MessageBody]);
        await ofQueue({ Action: 'DeleteMessage', ReceiptHandle: textsOf(xml, 'ReceiptHandle')[0] ?? '' });
      }),
      runsOf(25, 25),
    );
  });

  test('sends, makes visible and deletes in batches, and returns the failed entries', async () => {
    const sent = await ofQueue({
      Action: 'SendMessageBatch',
      'SendMessageBatchRequestEntry.1.Id': 'a',
      'SendMessageBatchRequestEntry.1.MessageBody': 'one',
      'SendMessageBatchRequestEntry.2.Id': 'b',
      'SendMessageBatchRequestEntry.2.MessageBody': 'two',
      'SendMessageBatchRequestEntry.3.Id': 'c',
      'SendMessageBatchRequestEntry.3.MessageBody': 'not a character of XML: \uFFFE',
    });
    expect(sent.xml.match(/<SendMessageBatchResultEntry><Id>[^<]*/g)).toHaveLength(2);
    expect(sent.xml).toMatch(/<BatchResultErrorEntry><Id>c<.*<Code>InvalidMessageContents</);

    const entries = (kind: string, handles: readonly string[], more: Record<string, string> = {}) =>
      Object.fromEntries(
        handles.flatMap((ReceiptHandle, index) =>
          Object.entries({ Id: `${index}`, ReceiptHandle, ...more }).map(([name, value]) => [
            `${kind}.${index + 1}.${name}`,
            value,
          ]),
        ),
      );
    const seen = textsOf((await receive()).xml, 'ReceiptHandle');
    await ofQueue({
      Action: 'ChangeMessageVisibilityBatch',
      ...entries('ChangeMessageVisibilityBatchRequestEntry', seen, { VisibilityTimeout: '0' }),
    });
    const again = textsOf((await receive()).xml, 'ReceiptHandle');
    expect(again).toHaveLength(2);
    const deleted = await ofQueue({ Action: 'DeleteMessageBatch', ...entries('DeleteMessageBatchRequestEntry', again) });
    expect(deleted.xml.match(/<DeleteMessageBatchResultEntry><Id>[^<]*/g)).toHaveLength(2);
    expect(await stack.deadLetterDepth()).toBe(0);
  });

  test('returns the requested attributes, and lists the queues', async () => {
    const attributes = await ofQueue({
      Action: 'GetQueueAttributes',
      'AttributeName.1': 'QueueArn',
      'AttributeName.2': 'VisibilityTimeout',
    });
    expect(textsOf(attributes.xml, 'Name').sort()).toEqual(['QueueArn', 'VisibilityTimeout']);
    const queues = await call('sqs', { Action: 'ListQueues' });
    expect(
      textsOf(queues.xml, 'QueueUrl')
        .map((url) => url.split('/').at(-1))
        .sort(),
    ).toEqual(
      [stack.queueUrl, stack.deadLetterQueueUrl, stack.unpublishedQueueUrl, stack.eventCheckQueueUrl, stack.eventListenerQueueUrl]
        .map((url) => url?.split('/').at(-1))
        .sort(),
    );
  });

  test.each([
    ['an unknown queue', { Action: 'GetQueueUrl', QueueName: 'nowhere' }, 'AWS.SimpleQueueService.NonExistentQueue'],
    ['an unknown action', { Action: 'Nonsense' }, 'InvalidAction'],
  ])('rejects %s with the error code of this protocol', async (_, form, code) => {
    const { status, xml } = await call('sqs', form);
    expect(status).toBe(400);
    expect(textsOf(xml, 'Code')).toEqual([code]);
    expect(textsOf(xml, 'Type')).toEqual(['Sender']);
  });

  test('has the same faults and counts as JSON', async () => {
    await stack.setFaults([{ service: 'sqs', action: 'SendMessage', fault: 'error' }]);
    const { status, xml } = await ofQueue({ Action: 'SendMessage', MessageBody: 'body' }, 'somebody');
    expect({ status, code: textsOf(xml, 'Code'), type: textsOf(xml, 'Type') }).toEqual({
      status: 500,
      code: ['InternalServerError'],
      type: ['Receiver'],
    });
    expect(await stack.view('calls')).toMatchObject({ 'somebody sqs SendMessage': 1 });
    expect(await stack.view('injected')).toMatchObject({ 'sqs error': 1 });
  });

  test('has the same permissions as JSON', async () => {
    const policies = await stack.view<{ function: string }[]>('policies');
    const ingest = policies.find((policy) => policy.function.startsWith('Ingest'))?.function;
    expect(await ofQueue({ Action: 'SendMessage', MessageBody: 'body' }, ingest)).toMatchObject({ status: 200 });
    const { status, xml } = await ofQueue({ Action: 'PurgeQueue' }, ingest);
    expect({ status, code: textsOf(xml, 'Code') }).toEqual({ status: 400, code: ['AccessDenied'] });
    expect(textsOf(xml, 'Message')[0]).toContain('is not authorized to perform: sqs:PurgeQueue');
  });
});

describe('CloudWatch with the query protocol', () => {
  test('describes the requested alarms', async () => {
    const client = new CloudWatchClient({
      endpoint: stack.awsEndpointUrl,
      region: stack.region,
      credentials: { accessKeyId: 'a', secretAccessKey: 'a' },
    });
    const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({}));
    const [one, two] = MetricAlarms.map(({ AlarmName = '' }) => AlarmName);
    const { xml } = await call('monitoring', {
      Action: 'DescribeAlarms',
      'AlarmNames.member.1': one ?? '',
      'AlarmNames.member.2': two ?? '',
    });
    expect(textsOf(xml, 'AlarmName')).toEqual([one, two]);
    expect(textsOf(xml, 'StateUpdatedTimestamp').map((text) => new Date(text).getTime() > 0)).toEqual([true, true]);
  });

  test('returns the values of several metrics over a time range', async () => {
    const form = {
      Action: 'GetMetricData',
      StartTime: new Date(Date.now() - 3_600_000).toISOString(),
      EndTime: new Date().toISOString(),
      'MetricDataQueries.member.1.Id': 'one',
      'MetricDataQueries.member.1.MetricStat.Metric.Namespace': 'AWS/SQS',
      'MetricDataQueries.member.1.MetricStat.Metric.MetricName': 'ApproximateNumberOfMessagesVisible',
      'MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name': 'QueueName',
      'MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value': stack.queueUrl.split('/').at(-1) ?? '',
      'MetricDataQueries.member.1.MetricStat.Period': '7200',
      'MetricDataQueries.member.1.MetricStat.Stat': 'Sum',
    };
    await eventually(async () => {
      const { xml } = await call('monitoring', { ...form, EndTime: new Date().toISOString() });
      expect([textsOf(xml, 'Id'), textsOf(xml, 'StatusCode')]).toEqual([['one'], ['Complete']]);
      expect(textsOf(xml, 'member')).toContain(form.StartTime);
    });
  });

  test('rejects an unsupported service in XML', async () => {
    const { status, xml } = await call('iam', { Action: 'GetUser' });
    expect({ status, code: textsOf(xml, 'Code') }).toEqual({ status: 400, code: ['UnknownService'] });
  });
});
