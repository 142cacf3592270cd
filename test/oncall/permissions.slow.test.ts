import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SeenCall } from '../../emulator/iam/authorization.ts';
import { readPolicy, type Statement } from '../../emulator/iam/policy.ts';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { callCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification, DOCUMENTED } from '../support/notifications.ts';
import { resolvedStack } from '../support/resolved.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';
import { actionOf, OF_THE_CONSOLE, suggestedCommands } from '../support/suggested-commands.ts';
import { openWidget } from '../support/widget.ts';

/** With a customer managed key, so that the policies for it are tested too. */
const INSTALLATION = {
  customerManagedKey: true,
  reconcile: true,
  forwardTo: { url: 'https://backend.example.com/fractal' },
};

let stack: RunningStack;
let folder: string;
let policies: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-people-'));
  stack = await runStack({ installation: INSTALLATION, args: ['--visibility-timeout', '2'] });
  policies = await stack.view('people');
  // Data for each command: a dead letter about an item, and an alarm.
  const bytes = Buffer.from(aVerification());
  const MessageBody = encodeEnvelope({ id: 'given-up', receivedAt: Date.now(), bytes });
  await stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.deadLetterQueueUrl, MessageBody }));
  for (let count = 0; count < 5; count += 1) await stack.post('{}', { 'x-fractal-signature': 'sha1=0' });
  await eventually(async () => expect(await stack.view('alarms')).toMatchObject({ 'FractalWebhooks-wrong-signatures': 'ALARM' }));
});

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
});

type Role = 'View' | 'Operate' | 'Tokens' | 'Listen' | 'Audit' | 'Import' | 'Hold' | 'Reconcile' | 'Erase';

/** Runs a command against the stack as if deployed, with these policies only. */
const runAs = (roles: readonly Role[], args: readonly string[]) => {
  const ids = roles.map((role) => policies.find((id) => id.startsWith(`Oncall${role}`)));
  expect(ids).not.toContain(undefined);
  return callCommand([...args, '--stack', 'FractalWebhooks'], {
    AWS_ENDPOINT_URL: stack.awsEndpointUrl,
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: ids.join('+'),
    AWS_SECRET_ACCESS_KEY: 'any',
  });
};

const buckets = async (): Promise<string[]> => {
  const { stdout } = await runAs(['View'], ['where', '--json']);
  return JSON.parse(stdout).flatMap(({ what, name }: { what: string; name: string }) =>
    what === 'discarded changes' ? [name] : [],
  );
};

const DENIED = /AWS denied access: .* not authorized to perform: \S+/;

describe('the policy View', () => {
  test.each([
    ['status', '42'],
    ['dlq', 'list'],
    ['dlq', 'watch', '--times', '1'],
    ['dlq', 'redrive', '--all'],
    ['doctor', '--no-webhook'],
    ['events', 'unpublished'],
    ['where', '--json'],
    ['contested'],
    ['forget', '42'],
    ['import-states', 'package.json'],
  ])('allows %s %s', async (...args) => {
    await stack.deliver('nonsense');
    const { status, stdout, stderr } = await runAs(['View'], args);
    expect([status, stdout + stderr]).toEqual([expect.any(Number), expect.not.stringMatching(/denied access|not authorized/)]);
    expect(status).toBeLessThanOrEqual(1);
  });

  test('allows dlq show', async () => {
    const { answer } = await stack.deliver('more nonsense');
    const { status, stderr } = await runAs(['View'], ['dlq', 'show', answer.id as string]);
    expect([status, stderr]).toEqual([0, '']);
  });

  test.each([
    ['read the signing token', ['send', 'verification_approved', '--yes', '--user', '42'], /secretsmanager:GetSecretValue/],
    ['delete a message', ['dlq', 'drop', '--all', '--yes'], /sqs:DeleteMessage/],
    ['send a message back', ['dlq', 'redrive', '--all', '--even-if-failing', '--yes'], /sqs:SendMessage/],
    ['put an alarm into ALARM', ['doctor', '--no-webhook', '--test-alarm'], /cloudwatch:SetAlarmState/],
  ])('does not allow to %s', async (_, args, action) => {
    const { status, stdout, stderr } = await runAs(
      ['View'],
      [...args, ...(args[1] === 'drop' ? ['--export', join(folder, 'x')] : [])],
    );
    expect(status).toBeGreaterThanOrEqual(1);
    expect(stdout + stderr).toMatch(DENIED);
    expect(stdout + stderr).toMatch(action);
  });
});

describe('the policies Operate and View', () => {
  test.each([
    ['send', 'verification_approved', '--user', '42', '--yes', '--wait'],
    ['doctor', '--test-alarm'],
    ['dlq', 'redrive', '--all', '--even-if-failing', '--yes'],
    ['dlq', 'drop', '--all', '--yes'],
    ['dlq', 'import'],
    ['events', 'retry', '--yes'],
  ])('allow %s %s', async (...args) => {
    const file = join(folder, 'dropped.jsonl');
    const withFile = args[1] === 'drop' ? [...args, '--export', file] : args[1] === 'import' ? [...args, file, '--yes'] : args;
    const { stdout, stderr } = await runAs(['View', 'Operate'], withFile);
    expect(stdout + stderr).not.toMatch(/denied access|not authorized/);
  });

  test('allow to publish changes that could not be published', async () => {
    const key = { pk: 'USER#42', sk: 'LEVEL#basic' };
    await runAs(['View', 'Operate'], ['send', 'verification_approved', '--user', '42', '--level', 'basic', '--yes', '--wait']);
    const MessageBody = JSON.stringify({ v: 1, problem: 'any', id: 'a', key });
    await stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.unpublishedQueueUrl, MessageBody }));
    const { status, stdout } = await runAs(['View', 'Operate'], ['events', 'retry', '--yes']);
    expect([status, stdout]).toEqual([0, '1 resolved, 0 left.\n']);
  });

  test('allow to publish a batch that Lambda has discarded, and to delete it', async () => {
    await runAs(['View', 'Operate'], ['send', 'verification_approved', '--user', '42', '--level', 'basic', '--yes', '--wait']);
    const record = { eventID: 'b', dynamodb: { Keys: { pk: { S: 'USER#42' }, sk: { S: 'LEVEL#basic' } }, SequenceNumber: '1' } };
    const Body = JSON.stringify({ payload: { Records: [record] } });
    const [Bucket] = (await buckets()) as [string];
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    const s3 = new S3Client({ endpoint: stack.awsEndpointUrl, region: stack.region, credentials, forcePathStyle: true });
    await s3.send(new PutObjectCommand({ Bucket, Key: 'batch', Body }));
    await eventually(async () =>
      expect((await runAs(['View'], ['events', 'unpublished'])).stdout).toContain('would be published'),
    );
    expect((await runAs(['View', 'Operate'], ['events', 'retry', '--yes'])).stdout).toBe('1 resolved, 0 left.\n');
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'batch' }))).rejects.toThrow(NoSuchKey);
  });

  test('allow to settle a contested result, and record who has done it', async () => {
    const user = 'contested-1';
    for (const status of ['rejected', 'approved'])
      await runAs(['View', 'Operate'], ['send', 'kraken', '--user', user, '--status', status, '--yes', '--wait']);
    const accepted = ['accept', user, '--why', 'asked', '--yes'];
    expect((await runAs(['View'], accepted)).stderr).toMatch(/sqs:SendMessage/);
    const { status, stdout } = await runAs(['View', 'Operate'], [...accepted, '--json']);
    expect([status, JSON.parse(stdout)]).toMatchObject([0, { status: 'approved', by: expect.stringMatching(/user\/Oncall/) }]);
  });

  test("do not allow to delete a person's data", async () => {
    await runAs(['View', 'Operate'], ['send', 'verification_approved', '--user', '42', '--yes', '--wait']);
    const { status, stdout, stderr } = await runAs(['View', 'Operate'], ['forget', '42', '--yes']);
    expect(status).toBeGreaterThanOrEqual(1);
    expect(stdout + stderr).toMatch(DENIED);
  });
});

describe('the dead letters on the dashboard', () => {
  test('require Operate, because they can be redriven there; View is not enough', async () => {
    await stack.deliver('nonsense for the dashboard');
    const [view = '', operate = ''] = ['View', 'Operate'].map((role) => policies.find((id) => id.startsWith(`Oncall${role}`)));
    expect((await (await openWidget(stack, operate)).open()).text).toMatch(/dead letter/);
    await expect((await openWidget(stack, view)).open()).rejects.toThrow(/lambda:InvokeFunction/);
  });
});

describe('the policies Tokens and View', () => {
  test('allow to list and change tokens, but not to send to the queue or to write to the table', async () => {
    const file = join(folder, 'token.txt');
    await writeFile(file, DOCUMENTED.token.replace('9', '8'));
    const inTurn = [
      ['list'],
      ['add', 'all', '--file', file],
      ['set', 'email_changed', '--file', file, '--yes'],
      ['retire', 'all', '--yes'],
      ['remove', 'email_changed', '--yes'],
    ];
    for (const args of inTurn) {
      const { status, stderr } = await runAs(['View', 'Tokens'], ['tokens', ...args]);
      expect([args, status, stderr]).toEqual([args, 0, '']);
    }
    await stack.putSecret(DOCUMENTED.token);
    const states = join(folder, 'state.jsonl');
    await writeFile(states, aVerification());
    expect((await runAs(['View', 'Tokens'], ['import-states', states, '--yes'])).stderr).toMatch(/sqs:SendMessage/);
    expect((await runAs(['View', 'Tokens'], ['dlq', 'redrive', '--all', '--even-if-failing', '--yes'])).stderr).toMatch(
      /sqs:SendMessage/,
    );
  });

  test.each(['Operate', 'Erase'] as const)('are needed to change a token: %s is not enough', async (role) => {
    const file = join(folder, 'token.txt');
    const { status, stdout, stderr } = await runAs(['View', role], ['tokens', 'add', 'all', '--file', file]);
    expect([status, stdout, stderr]).toEqual([2, '', expect.stringMatching(DENIED)]);
  });
});

describe('the policies Listen and View', () => {
  const time = ['--from', '2020-01-01T00:00:00Z', '--to', '2100-01-01T00:00:00Z'];

  test('allow to follow and replay events, but not to send any', async () => {
    const following = runAs(['View', 'Listen'], ['events', '--follow', '--times', '1', '--json']);
    await eventually(async () => {
      await stack.deliver(aVerification());
      await Promise.race([following, Promise.reject(new Error('no event yet'))]);
    });
    expect(JSON.parse((await following).stdout)).toMatchObject({ source: 'fractal-webhooks', 'detail-type': expect.any(String) });
    const replayed = await runAs(['View', 'Listen'], ['events', 'replay', ...time, '--yes']);
    expect([replayed.status, replayed.stderr]).toEqual([0, '']);
    expect((await runAs(['View', 'Listen'], ['events', 'replay', ...time, '--user', '42', '--yes'])).stderr).toMatch(
      /events:PutEvents/,
    );
  });

  describe('do not allow', () => {
    const listener = { EventBusName: 'FractalWebhooks-changes', Name: 'fractal-webhooks-listener-forever' };
    const EventPattern = '{"source":["fractal-webhooks"]}';
    let eventBridge: EventBridgeClient;
    let sqs: SQSClient;
    let own: string;

    beforeAll(async () => {
      const ids = ['View', 'Listen'].map((role) => policies.find((id) => id.startsWith(`Oncall${role}`)));
      const credentials = { accessKeyId: ids.join('+'), secretAccessKey: 'any' };
      const client = { endpoint: stack.awsEndpointUrl, region: stack.region, credentials };
      eventBridge = new EventBridgeClient(client);
      sqs = new SQSClient(client);
      const { RuleArn = '' } = await eventBridge.send(new PutRuleCommand({ ...listener, EventPattern }));
      own = RuleArn.replace(':events:', ':sqs:').replace(/rule\/.*/, stack.eventListenerQueueUrl?.split('/').at(-1) ?? '');
    });

    test.each([
      ['another target', (): string[] => ['arn:aws:sqs:eu-central-1:999999999999:foreign']],
      ['another target beside the queue', () => [own, 'arn:aws:sqs:eu-central-1:999999999999:foreign']],
      ['a queue of the stack', () => [own.replace(/[^:]+$/, stack.queueUrl.split('/').at(-1) as string)]],
    ])('%s', async (_, arns) => {
      const Targets = arns().map((Arn, index) => ({ Id: String(index), Arn }));
      const put = new PutTargetsCommand({ EventBusName: listener.EventBusName, Rule: listener.Name, Targets });
      await expect(eventBridge.send(put)).rejects.toThrow(/not authorized to perform: events:PutTargets/);
    });

    test('a rule of another name', async () => {
      await expect(eventBridge.send(new PutRuleCommand({ ...listener, Name: 'mine', EventPattern }))).rejects.toThrow(
        /not authorized to perform: events:PutRule/,
      );
    });

    test('a queue', async () => {
      const create = new CreateQueueCommand({ QueueName: `${listener.Name}-queue` });
      await expect(sqs.send(create)).rejects.toThrow(/not authorized to perform: sqs:CreateQueue/);
    });

    afterAll(() => runAs(['View', 'Listen'], ['events', 'replay', ...time]));
  });
});

describe('the policies Audit and View', () => {
  test('allow to read the history, and View alone does not', async () => {
    await runAs(['View', 'Operate'], ['send', 'verification_approved', '--user', 'audited', '--yes', '--wait']);
    for (const args of [
      ['history', 'audited'],
      ['history', 'verify', '--user', 'audited'],
      ['history', 'verify'],
      ['history', 'rebuild'],
      ['history', 'start'],
      ['status', 'audited', '--as-of', new Date().toISOString()],
      ['export'],
      ['export', '--as-of', new Date().toISOString()],
      ['export', '--user', 'audited'],
    ]) {
      const { stdout, stderr } = await runAs(['View', 'Audit'], args);
      expect([args, stdout + stderr]).toEqual([args, expect.not.stringMatching(/denied access|not authorized/)]);
    }
    expect((await runAs(['View'], ['history', 'audited'])).stderr).toMatch(/dynamodb:Query/);
    expect((await runAs(['View'], ['export', '--user', 'audited'])).stderr).toMatch(/dynamodb:Scan/);
  });
});

describe('the policies Import and View', () => {
  test('allow to import states, and View does not', async () => {
    const file = join(folder, 'states.jsonl');
    await writeFile(file, aVerification());
    const imported = await runAs(['View', 'Import'], ['import-states', file, '--yes']);
    expect([imported.status, imported.stdout]).toEqual([0, expect.stringMatching(/^1 applied/)]);
    const another = join(folder, 'others.jsonl');
    await writeFile(another, aVerification());
    expect((await runAs(['View'], ['import-states', another, '--yes'])).stderr).toMatch(/sqs:SendMessage/);
  });

  test('allow, with Audit, to rebuild the table, and to start the history', async () => {
    await stack.dynamodb.send(
      new DeleteItemCommand({ TableName: stack.outputs.HistoryTableName, Key: { pk: { S: 'HISTORY' }, sk: { S: 'START' } } }),
    );
    for (const command of ['rebuild', 'start']) {
      const { status, stderr } = await runAs(['View', 'Audit', 'Import'], ['history', command, '--yes']);
      expect([command, status, stderr]).toEqual([command, 0, '']);
    }
  });
});

describe('the policies Reconcile and View', () => {
  test("allow to read the credentials of Fractal's API, and others do not", async () => {
    const { status, stderr } = await runAs(['View', 'Reconcile'], ['reconcile', '--file', join(folder, 'compared.json')]);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/has no credentials yet\./)]);
    for (const role of ['Operate', 'Tokens', 'Import', 'Audit'] as const) {
      expect((await runAs(['View', role], ['reconcile'])).stderr).toMatch(/secretsmanager:GetSecretValue/);
    }
  });
});

describe('events that the backend did not take', () => {
  const setAside = async (): Promise<void> => {
    const detail = { id: 'change', user_id: 'nobody', level: 'plus', as_of: 1 };
    const event = { source: 'fractal-webhooks', 'detail-type': 'verification_approved', detail };
    const MessageBody = JSON.stringify(event);
    await stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.outputs.UnforwardedQueueUrl, MessageBody }));
  };

  test('are listed with View, sent again with Operate, and deleted with Erase', async () => {
    await setAside();
    expect((await runAs(['View'], ['events', 'unforwarded'])).stdout).toContain('verification_approved nobody plus: ');
    expect((await runAs(['View'], ['events', 'unforwarded', '--retry', '--yes'])).stderr).toMatch(/sqs:SendMessage/);
    expect(await runAs(['View', 'Operate'], ['events', 'unforwarded', '--retry', '--yes'])).toMatchObject({ status: 0 });
    await setAside();
    const { stdout } = await runAs(['View', 'Erase'], ['forget', 'nobody', '--yes', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ unforwarded: 1 });
  });

  test('can be prevented: a snapshot needs Operate', async () => {
    expect((await runAs(['View'], ['events', 'snapshot'])).status).toBe(0);
    expect((await runAs(['View'], ['events', 'snapshot', '--yes'])).stderr).toMatch(/events:DescribeEventBus|events:PutEvents/);
    for (const to of [[], ['--backend']])
      expect(await runAs(['View', 'Operate'], ['events', 'snapshot', ...to, '--yes'])).toMatchObject({ status: 0 });
  });
});

describe('the policies Hold and View', () => {
  const holding = ['hold', 'held', '--until', '2999-01-01', '--reason', 'any'];

  test('allow to place and end holds, and View does not', async () => {
    await runAs(['View', 'Operate'], ['send', 'verification_approved', '--user', 'held', '--yes', '--wait']);
    expect((await runAs(['View'], holding)).stderr).toMatch(/dynamodb:UpdateItem/);
    expect(await runAs(['View', 'Hold'], holding)).toMatchObject({ status: 0, stderr: '' });
    expect((await runAs(['View'], ['hold', '--list'])).stdout).toMatch(/^held/m);
    expect((await runAs(['View', 'Erase'], ['forget', 'held', '--yes'])).stdout).toMatch(
      /^Nothing was deleted: a hold on user \S+ stands/,
    );
    expect(await runAs(['View', 'Hold'], ['hold', '--release', 'held'])).toMatchObject({ status: 0, stderr: '' });
  });

  test.each([['Hold'], ['Erase']])('%s allows to update no state', async (role) => {
    const [accessKeyId = ''] = policies.filter((id) => id.startsWith(`Oncall${role}`));
    const credentials = { accessKeyId, secretAccessKey: 'any' };
    const dynamodb = new DynamoDBClient({ endpoint: stack.awsEndpointUrl, region: stack.region, credentials });
    const update = new UpdateItemCommand({
      TableName: stack.tableName,
      Key: { pk: { S: 'USER#held' }, sk: { S: 'LEVEL#basic' } },
      UpdateExpression: 'SET #status = :status',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':status': { S: 'rejected' } },
    });
    await expect(dynamodb.send(update)).rejects.toThrow(/not authorized to perform: dynamodb:UpdateItem/);
    const put = new PutItemCommand({ TableName: stack.tableName, Item: { pk: { S: 'USER#held' }, sk: { S: 'LEVEL#basic' } } });
    await expect(dynamodb.send(put)).rejects.toThrow(/not authorized to perform: dynamodb:PutItem/);
  });
});

describe('the policies Erase and View', () => {
  test("allow to delete a person's data, but not to sign as Fractal", async () => {
    const forgotten = await runAs(['View', 'Erase'], ['forget', '42', '--yes']);
    expect([forgotten.status, forgotten.stderr]).toEqual([0, '']);
    const sent = await runAs(['View', 'Erase'], ['send', 'verification_approved', '--user', '42', '--yes']);
    expect(sent.stderr).toMatch(/secretsmanager:GetSecretValue/);
  });

  test.each([['--due'], ['--again']])('allow, with Audit, to forget %s', async (which) => {
    const { status, stderr } = await runAs(['View', 'Audit', 'Erase'], ['forget', which, '--yes']);
    expect([status, stderr]).toEqual([0, '']);
  });

  test('allow to write to the ledger of erasures, and to no other partition of the history', async () => {
    const [accessKeyId = ''] = policies.filter((id) => id.startsWith('OncallErase'));
    const credentials = { accessKeyId, secretAccessKey: 'any' };
    const dynamodb = new DynamoDBClient({ endpoint: stack.awsEndpointUrl, region: stack.region, credentials });
    const put = (pk: string) =>
      dynamodb.send(new PutItemCommand({ TableName: stack.outputs.HistoryTableName, Item: { pk: { S: pk }, sk: { S: 'any' } } }));
    expect((await put('ERASED')).$metadata.httpStatusCode).toBe(200);
    await expect(put('USER#42')).rejects.toThrow(/not authorized to perform: dynamodb:PutItem/);
  });
});

describe('the policy Erase', () => {
  test('allows to read every key of the table, and no other attribute', async () => {
    const [accessKeyId = ''] = policies.filter((id) => id.startsWith('OncallErase'));
    const credentials = { accessKeyId, secretAccessKey: 'any' };
    const dynamodb = new DynamoDBClient({ endpoint: stack.awsEndpointUrl, region: stack.region, credentials });
    const keys = { TableName: stack.tableName, Select: 'SPECIFIC_ATTRIBUTES', ProjectionExpression: 'pk, sk' } as const;
    expect((await dynamodb.send(new ScanCommand(keys))).$metadata.httpStatusCode).toBe(200);
    const history = { ...keys, TableName: stack.outputs.HistoryTableName, ProjectionExpression: 'pk, sk, email' };
    expect((await dynamodb.send(new ScanCommand(history))).$metadata.httpStatusCode).toBe(200);
    for (const refused of [
      { TableName: stack.tableName },
      { ...keys, ProjectionExpression: 'pk, email' },
      { ...history, ProjectionExpression: 'pk, body' },
    ])
      await expect(dynamodb.send(new ScanCommand(refused))).rejects.toThrow(/not authorized to perform: dynamodb:Scan/);
  });
});

describe('the on-call policies', () => {
  test('grant only actions that the commands use, the AWS console for dashboard and logs, and the commands of AWS that are suggested', async () => {
    const calls = await stack.view<SeenCall[]>('permissions');
    const resources = await resolvedStack(INSTALLATION);
    const byPeople = calls.filter(({ function: id }) => id.startsWith('Oncall'));
    const suggested = [...suggestedCommands().keys()].map(actionOf);
    // S3 answers 403 instead of 404 without it. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    const forMissing = 's3:ListBucket';
    const used = new Set([...byPeople.map(({ action }) => action), ...OF_THE_CONSOLE, ...suggested, forMissing]);
    const granted = Object.entries(resources)
      .filter(([id, { PolicyDocument }]) => id.startsWith('Oncall') && PolicyDocument)
      .flatMap(([, { PolicyDocument }]): Statement[] => readPolicy(PolicyDocument))
      .flatMap(({ actions }) => actions);
    expect(granted.filter((action) => !used.has(action))).toEqual([]);
  });
});
