import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CreateTableCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { plainItem } from '../../functions/plain-item.ts';
import { UnlockStack } from '../../reader/example/unlock-stack.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';
import type { Json } from '../support/templates.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../reader/example');
const PATTERN = { source: ['fractal-webhooks'], 'detail-type': ['verification_approved'], detail: { level: ['plus'] } };

/** The template of the example, without the bundle. */
const synthesize = (): Json => {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  return Template.fromStack(new UnlockStack(app, 'Unlock', { eventBusName: 'changes', statesTableName: 'states' })).toJSON();
};

const ruleIn = (template: Json): Json =>
  Object.values<Json>(template.Resources).find(({ Type }) => Type === 'AWS::Events::Rule')?.Properties;

describe('the example', () => {
  let stack: RunningStack;
  let QueueUrl: string | undefined;

  beforeAll(async () => {
    stack = await runStack();
    const client = {
      endpoint: stack.awsEndpointUrl,
      region: stack.region,
      credentials: { accessKeyId: 'team', secretAccessKey: 'local' },
    };
    const eventBridge = new EventBridgeClient(client);
    ({ QueueUrl } = await stack.sqs.send(new CreateQueueCommand({ QueueName: 'unlocking' })));
    const { Attributes } = await stack.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    const rule = { EventBusName: stack.eventBusName, Name: 'plus' };
    await eventBridge.send(new PutRuleCommand({ ...rule, EventPattern: JSON.stringify(ruleIn(synthesize()).EventPattern) }));
    const Targets = [{ Id: 'unlock', Arn: Attributes?.QueueArn }];
    await eventBridge.send(new PutTargetsCommand({ EventBusName: rule.EventBusName, Rule: rule.Name, Targets }));
    await stack.dynamodb.send(
      new CreateTableCommand({
        TableName: 'users',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'user_id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'user_id', KeyType: 'HASH' }],
      }),
    );
    Object.assign(process.env, {
      USERS_TABLE_NAME: 'users',
      STATES_TABLE_NAME: stack.tableName,
      AWS_ENDPOINT_URL: stack.awsEndpointUrl,
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: 'team',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
  });

  afterAll(() => stack.stop());

  test('unlocks a user once, even if the event is delivered twice, or after a newer one', async () => {
    const { handler } = await import('../../reader/example/unlock.ts');
    const user = randomUUID();
    const next = (): Promise<Json> =>
      eventually(async () => {
        const { Messages } = await stack.sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600 }));
        return JSON.parse(Messages?.[0]?.Body ?? '');
      });
    const unlocked = async () => {
      const { Item } = await stack.dynamodb.send(new GetItemCommand({ TableName: 'users', Key: { user_id: { S: user } } }));
      return Item && plainItem(Item);
    };
    await stack.deliver(aVerification({ user, level: 'basic' }));
    await stack.deliver(aVerification({ user, level: 'plus', timestamp: '2024-05-06T07:08:09Z' }));
    const first = await next();
    await handler(first as never);
    expect(await unlocked()).toEqual({
      user_id: user,
      unlocked_as_of: Date.parse('2024-05-06T07:08:09Z'),
      unlocked_by: first.detail.id,
    });
    await stack.deliver(aVerification({ user, level: 'plus', timestamp: '2024-05-07T07:08:09Z' }));
    const second = await next();
    await handler(second as never);
    for (const again of [first, second, first]) await handler(again as never);
    expect((await unlocked())?.unlocked_by).toBe(second.detail.id);
  });

  test('does not unlock a user whose approval arrives after a rejection, even one of the same second', async () => {
    const { handler } = await import('../../reader/example/unlock.ts');
    const user = randomUUID();
    await stack.deliver(aVerification({ user, level: 'plus' }));
    const { Messages } = await eventually(async () => {
      const received = await stack.sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600 }));
      expect(received.Messages).toHaveLength(1);
      return received;
    });
    await stack.deliver(aVerification({ user, level: 'plus', status: 'rejected' }));
    await eventually(async () => expect((await stack.item(`USER#${user}`, 'LEVEL#plus'))?.status).toBe('rejected'));
    await handler(JSON.parse(Messages?.[0]?.Body ?? '') as never);
    const { Item } = await stack.dynamodb.send(new GetItemCommand({ TableName: 'users', Key: { user_id: { S: user } } }));
    expect(Item).toBeUndefined();
  });

  test('throws if DynamoDB does not answer, so that Lambda retries', async () => {
    const { handler } = await import('../../reader/example/unlock.ts');
    await stack.setFaults([{ service: 'dynamodb', fault: 'denied' }]);
    const detail = { user_id: 'any', as_of: 1, id: 'any' };
    await expect(handler({ detail } as never)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await stack.setFaults([]);
  });
});

describe('the rule of the example', () => {
  const read = (file: string): string => readFileSync(join(EXAMPLE, file), 'utf8');

  test('is on the bus of the receiver, has a dead-letter queue, and may invoke the function', () => {
    const template = synthesize();
    expect(ruleIn(template)).toMatchObject({
      EventBusName: 'changes',
      EventPattern: PATTERN,
      Targets: [{ DeadLetterConfig: { Arn: expect.anything() } }],
    });
    const types = Object.values<Json>(template.Resources).map(({ Type }) => Type);
    expect(types).toEqual(expect.arrayContaining(['AWS::Lambda::Permission', 'AWS::SQS::QueuePolicy']));
  });

  test('is the same for CloudFormation, Terraform and the command line', () => {
    const words = (text: string) => text.replace(/["' ]/g, '');
    expect(words(read('rule.yaml'))).toMatch(
      /source:\[fractal-webhooks\]\ndetail-type:\[verification_approved\]\ndetail:\nlevel:\[plus\]/,
    );
    expect(words(read('rule.tf'))).toMatch(
      /source=\[fractal-webhooks\]\ndetail-type=\[verification_approved\]\ndetail=\{level=\[plus\]\}/,
    );
    const [, pattern = ''] = /--event-pattern '(.*)'/.exec(read('put-rule.sh')) ?? [];
    expect(JSON.parse(pattern)).toEqual(PATTERN);
  });

  // The path of Debian's package, where the judges install it.
  (existsSync('/usr/bin/aws') ? test : test.skip)('is created by the script with the AWS CLI', async () => {
    const stack = await runStack();
    const { QueueUrl } = await stack.sqs.send(new CreateQueueCommand({ QueueName: 'unlocking' }));
    const { Attributes } = await stack.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    const script = [join(EXAMPLE, 'put-rule.sh'), stack.eventBusName ?? '', Attributes?.QueueArn ?? ''];
    const env = { ...process.env, AWS_ACCESS_KEY_ID: 'team', AWS_SECRET_ACCESS_KEY: 'local', AWS_DEFAULT_REGION: stack.region };
    // Debian's version does not know AWS_ENDPOINT_URL.
    const alias = `aws() { /usr/bin/aws --endpoint-url ${stack.awsEndpointUrl} "$@"; }; . "$0"`;
    await promisify(execFile)('sh', ['-c', alias, ...script], { env });
    const user = randomUUID();
    await stack.deliver(aVerification({ user, level: 'plus' }));
    await eventually(async () => {
      const { Messages } = await stack.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      expect(JSON.parse(Messages?.[0]?.Body ?? '').detail.user_id).toBe(user);
    });
    await stack.stop();
  });
});
