import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { aVerification, DOCUMENTED } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';
import { CLIENTS } from './clients.ts';

let stack: RunningStack;

beforeAll(async () => {
  stack = await runStack();
});

afterAll(() => stack.stop());

describe.each(CLIENTS)('on the local stack, %s', (name, client) => {
  const call = (service: string, operation: string, input: object = {}) =>
    client(stack.awsEndpointUrl, service, operation, input);
  const dlq = (operation: string, input: object = {}) => call('sqs', operation, { QueueUrl: stack.deadLetterQueueUrl, ...input });

  const depth = async () => {
    const { Attributes } = await dlq('GetQueueAttributes', { AttributeNames: ['All'] });
    return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
  };

  test('finds the queues, and gets an error for one that does not exist', async () => {
    const { QueueUrls } = await call('sqs', 'ListQueues');
    const QueueName = stack.deadLetterQueueUrl.split('/').at(-1);
    const { QueueUrl } = await call('sqs', 'GetQueueUrl', { QueueName });
    expect(QueueUrls).toContain(QueueUrl);
    await expect(call('sqs', 'GetQueueUrl', { QueueName: 'nowhere' })).rejects.toThrow(/QueueDoesNotExist|NonExistentQueue/);
  });

  test('sends to the dead-letter queue, receives, makes visible again, and deletes', async () => {
    const MessageBody = 'é <&>\r\n"quoted"';
    const MessageAttributes = { colour: { DataType: 'String', StringValue: 'blue' } };
    const { MessageId } = await dlq('SendMessage', { MessageBody, MessageAttributes });
    const receive = async () =>
      (await dlq('ReceiveMessage', { AttributeNames: ['All'], MessageAttributeNames: ['All'], MaxNumberOfMessages: 10 }))
        .Messages;
    const [first] = await receive();
    expect(first).toMatchObject({
      MessageId,
      Body: MessageBody,
      MessageAttributes,
      Attributes: { ApproximateReceiveCount: '1' },
    });
    await dlq('ChangeMessageVisibility', { ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 0 });
    const [again] = await eventually(async () => {
      const messages = await receive();
      expect(messages).toHaveLength(1);
      return messages;
    });
    expect(again).toMatchObject({ MessageId, Attributes: { ApproximateReceiveCount: '2' } });
    await dlq('DeleteMessage', { ReceiptHandle: again.ReceiptHandle });
    expect(await depth()).toBe(0);
  });

  test('sends in batches to the dead-letter queue, deletes in batches, and purges', async () => {
    const Entries = ['one', 'two', 'three'].map((MessageBody, index) => ({ Id: `${index}`, MessageBody }));
    const sent = await dlq('SendMessageBatch', { Entries });
    expect(sent.Successful.map(({ Id }: { Id: string }) => Id)).toEqual(['0', '1', '2']);
    const { Messages } = await dlq('ReceiveMessage', { MaxNumberOfMessages: 2 });
    const handles = Messages.map(({ ReceiptHandle }: { ReceiptHandle: string }, index: number) => ({
      Id: `${index}`,
      ReceiptHandle,
    }));
    await dlq('DeleteMessageBatch', { Entries: handles });
    expect(await depth()).toBe(3 - handles.length);
    await dlq('PurgeQueue');
    expect(await depth()).toBe(0);
  });

  test('reads the table, and updates an item', async () => {
    const user = randomUUID();
    expect(await stack.deliver(aVerification({ user }))).toMatchObject({ status: 202 });
    await eventually(async () => expect(await stack.item(`USER#${user}`, 'LEVEL#basic')).toBeDefined());
    const item = { TableName: stack.tableName, Key: { pk: { S: `USER#${user}` }, sk: { S: 'LEVEL#basic' } } };
    expect((await call('dynamodb', 'GetItem', item)).Item.status).toEqual({ S: 'approved' });
    await call('dynamodb', 'UpdateItem', {
      ...item,
      UpdateExpression: 'SET note = :note',
      ExpressionAttributeValues: { ':note': { S: 'é' } },
    });
    const { Items } = await call('dynamodb', 'Query', {
      TableName: stack.tableName,
      KeyConditionExpression: 'pk = :user',
      ExpressionAttributeValues: { ':user': item.Key.pk },
    });
    expect(Items).toMatchObject([{ status: { S: 'approved' }, note: { S: 'é' } }]);
  });

  test('reads the secret, and replaces it', async () => {
    const SecretId = stack.secretId;
    const token = randomUUID();
    await call('secretsmanager', 'PutSecretValue', { SecretId, SecretString: `{"*":["${token}","${DOCUMENTED.token}"]}` });
    expect((await call('secretsmanager', 'GetSecretValue', { SecretId })).SecretString).toContain(token);
    await eventually(async () => expect(await stack.deliver(aVerification(), token)).toMatchObject({ status: 202 }));
  });

  test('reads alarms, mappings, subscriptions and outputs, none of which contains a token', async () => {
    const { MetricAlarms } = await call('cloudwatch', 'DescribeAlarms');
    const states = await stack.view<Record<string, string>>('alarms');
    expect(MetricAlarms.map(({ AlarmName }: { AlarmName: string }) => AlarmName).sort()).toEqual(Object.keys(states).sort());
    const { EventSourceMappings } = await call('lambda', 'ListEventSourceMappings');
    expect(EventSourceMappings).toMatchObject([{ State: 'Enabled' }, { State: 'Enabled' }]);
    const { Subscriptions } = await call('sns', 'ListSubscriptionsByTopic', { TopicArn: stack.alarmTopicArn });
    expect(Subscriptions).toMatchObject([{ Protocol: 'terminal' }]);
    const { Stacks } = await call('cloudformation', 'DescribeStacks', { StackName: 'FractalWebhooks' });
    expect(Stacks[0].Outputs).toContainEqual(expect.objectContaining({ OutputKey: 'TableName', OutputValue: stack.tableName }));
    const shown = JSON.stringify([MetricAlarms, EventSourceMappings, Subscriptions, Stacks]);
    expect(shown).not.toContain(DOCUMENTED.token);
  });

  test('sets an alarm to ALARM', async () => {
    const alarms = Object.keys(await stack.view<Record<string, string>>('alarms'));
    const AlarmName = alarms[CLIENTS.findIndex(([one]) => one === name)];
    await call('cloudwatch', 'SetAlarmState', { AlarmName, StateValue: 'ALARM', StateReason: 'é <&>' });
    const { AlarmHistoryItems } = await call('cloudwatch', 'DescribeAlarmHistory', { AlarmName, HistoryItemType: 'StateUpdate' });
    const summaries = AlarmHistoryItems.map(({ HistorySummary }: { HistorySummary: string }) => HistorySummary);
    expect(summaries).toContain('Alarm updated from OK to ALARM');
  });
});
