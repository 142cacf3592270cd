import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalStack, startLocalStack } from '../../local/for-tests.ts';
import { inFull } from '../support/effort.ts';
import { eventually } from '../support/eventually.ts';
import { assemblyFolder } from '../support/once.ts';
import { copyWith, synthesized } from '../support/synthesized.ts';
import type { Json } from '../support/templates.ts';

let folder: string;
let stack: LocalStack;

const BASIC = {
  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']],
};
const Role = { 'Fn::GetAtt': ['Role', 'Arn'] };
const unlockArn = { 'Fn::GetAtt': ['Unlock', 'Arn'] };

/** Other resources of a team in the receiver's stack. Not all of them are supported locally. */
const ofTheTeam = (bus: unknown): Json => ({
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      ManagedPolicyArns: [BASIC],
      Policies: [
        {
          PolicyName: 'Read',
          PolicyDocument: { Statement: { Effect: 'Allow', Action: ['dynamodb:*', 'sqs:*'], Resource: '*' } },
        },
      ],
    },
  },
  Watch: {
    Type: 'AWS::Lambda::Function',
    Properties: { Runtime: 'nodejs24.x', Handler: 'index.watch', Code: { S3Key: 'prefix/of/the/synthesizer/team.zip' }, Role },
  },
  Watching: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: { 'Fn::GetAtt': ['Users', 'StreamArn'] },
      FunctionName: { Ref: 'Watch' },
      StartingPosition: 'LATEST',
      FilterCriteria: { Filters: [{ Pattern: '{"dynamodb":{"NewImage":{"mail":{"S":[{"suffix":"@example.com"}]}}}}' }] },
    },
  },
  Orders: { Type: 'AWS::SQS::Queue' },
  Ordering: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: { 'Fn::GetAtt': ['Orders', 'Arn'] },
      FunctionName: { Ref: 'Watch' },
      FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["order"]}}' }] },
    },
  },
  Unlock: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { S3Key: 'team.zip' },
      Environment: { Variables: { RELEASE: '2026.11', CLICKS: { Ref: 'Clicks' }, TABLE: { Ref: 'Users' } } },
      Role,
    },
  },
  Users: {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'mail', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexes: [
        { IndexName: 'mail', KeySchema: [{ AttributeName: 'mail', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      Replicas: [{ Region: 'eu-central-1' }],
    },
  },
  Approved: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventBusName: bus,
      EventPattern: { source: ['fractal-webhooks'], 'detail-type': ['verification_approved'] },
      Targets: [{ Id: 'unlock', Arn: unlockArn }],
    },
  },
  Bill: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Runtime: 'nodejs24.x',
      Handler: 'index.bill',
      Code: { S3Key: 'team.zip' },
      DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': ['NotBilled', 'Arn'] } },
      Role,
    },
  },
  NotBilled: { Type: 'AWS::SQS::Queue' },
  Greet: {
    Type: 'AWS::Lambda::Function',
    Properties: { Runtime: 'nodejs24.x', Handler: 'missing.handler', Code: { S3Key: 'team.zip' }, Role },
  },
  Rejected: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventBusName: bus,
      EventPattern: { source: ['fractal-webhooks'], 'detail-type': ['verification_rejected'] },
      Targets: [
        { Id: 'bill', Arn: { 'Fn::GetAtt': ['Bill', 'Arn'] } },
        { Id: 'greet', Arn: { 'Fn::GetAtt': ['Greet', 'Arn'] } },
      ],
    },
  },
  ApiKey: { Type: 'AWS::SecretsManager::Secret', Properties: { SecretString: 'theirs' } },
  Clicks: { Type: 'AWS::Kinesis::Stream' },
  Nightly: {
    Type: 'AWS::Events::Rule',
    Properties: { ScheduleExpression: 'rate(1 day)', Targets: [{ Id: 'a', Arn: unlockArn }] },
  },
  Report: {
    Type: 'AWS::Lambda::Function',
    Properties: { Runtime: 'python3.13', Handler: 'a.b', Code: { S3Key: 'x.zip' }, Role },
  },
  Imported: { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: { 'Fn::ImportValue': 'key' } } },
  Stream: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { EventSourceArn: 'arn:aws:kinesis:eu-central-1:123456789012:stream/s', FunctionName: unlockArn },
  },
});

const UNLOCK = `
const { format } = require('node:util');
const { greeting } = require('./lib/greeting.js');
require('esm-package');
exports.handler = async ({ detail }) => {
  console.log(format('%s %s %s', greeting, detail.user_id, process.env.CLICKS));
  console.log(JSON.stringify({ level: 'INFO', message: 'unlocked' }));
};
exports.bill = async () => {
  throw new Error('the billing system said no');
};
exports.watch = async ({ Records }) => {
  for (const { dynamodb, body } of Records) console.log('Watched', dynamodb ? dynamodb.Keys.id.S : body);
};
`;

const client = () => ({
  endpoint: stack.awsEndpointUrl,
  region: stack.region,
  credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-team-'));
  const assembly = join(folder, 'cdk.out');
  await copyWith(
    ({ Resources, Outputs }) => {
      Object.assign(Resources, ofTheTeam(Outputs.EventBusName.Value));
      Outputs.Shared = { Value: { 'Fn::ImportValue': 'shared' } };
    },
    assemblyFolder(),
    assembly,
  );
  await mkdir(join(assembly, 'asset.team'));
  await writeFile(join(assembly, 'asset.team/index.js'), UNLOCK);
  // Of the function: another file, and an ES module in a package that says so.
  for (const [file, text] of [
    ['lib/greeting.js', "exports.greeting = 'Unlock';"],
    ['node_modules/esm-package/package.json', '{ "type": "module", "exports": "./index.js" }'],
    ['node_modules/esm-package/index.js', 'export const value = 1;'],
  ] as const) {
    await mkdir(dirname(join(assembly, 'asset.team', file)), { recursive: true });
    await writeFile(join(assembly, 'asset.team', file), text);
  }
  // Of the app, not of the function.
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const assets = join(assembly, 'FractalWebhooks.assets.json');
  const listed = JSON.parse(await readFile(assets, 'utf8'));
  listed.files.team = { source: { path: 'asset.team' } };
  await writeFile(assets, JSON.stringify(listed));
  // As temporary folders are on macOS.
  const linked = join(folder, 'linked');
  await symlink(assembly, linked, 'junction');
  stack = await startLocalStack({ assembly: linked });
});

afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true });
});

describe("a team's own stack with a receiver in it", () => {
  test.each([
    'Clicks (AWS::Kinesis::Stream): the local stack does not support AWS::Kinesis::Stream.',
    'Nightly (AWS::Events::Rule): it has no event pattern, and schedules are not supported.',
    'Report (AWS::Lambda::Function): its runtime is python3.13, and only Node.js is supported.',
    'Imported (AWS::SQS::Queue): Fn::ImportValue is not supported by the local stack.',
  ])('reports that it does not run %s', async (what) => {
    expect(await stack.line(/^Not run here: /)).toBeDefined();
    expect(await stack.line(new RegExp(what.split(':')[0]?.replace(/[()]/g, '\\$&') ?? ''))).toBe(`Not run here: ${what}`);
  });

  test('reports an output that it cannot resolve', async () => {
    expect(await stack.line(/the output Shared/)).toBe(
      'Not run here: the output Shared: Fn::ImportValue is not supported by the local stack.',
    );
  });

  test('reports an event source mapping from an unsupported stream', async () => {
    expect(await stack.line(/event source mapping Stream/)).toMatch(/^Not run here: .*kinesis/);
  });

  test("invokes the team's function, for another Node.js version, with the event, and prints its logs", async () => {
    const data = { user_id: 'jon', level: 'plus', timestamp: '2024-05-06T07:08:09Z' };
    expect(await stack.deliver({ type: 'verification_approved', data })).toBe(202);
    expect((await stack.event(({ detail }) => detail.user_id === 'jon'))['detail-type']).toBe('verification_approved');
    expect(await stack.line(/^Unlock jon/)).toBe('Unlock jon Clicks');
    expect(await stack.line(/unlocked/)).toBe('{"level":"INFO","message":"unlocked"}');
  });

  test('invokes a function that fails three times, as Lambda does; then its own dead-letter queue has the event', async () => {
    const data = { user_id: 'jim', level: 'plus', timestamp: '2024-05-06T07:08:09Z' };
    expect(await stack.deliver({ type: 'verification_rejected', data })).toBe(202);
    const { id } = await stack.event(({ detail }) => detail.user_id === 'jim');
    const problem = 'FractalWebhooks-Bill: Error: the billing system said no';
    for (const what of ['is tried twice more', 'is tried again', 'is on the queue FractalWebhooks-NotBilled'])
      expect(await stack.line(new RegExp(`${id} failed, and ${what}: .*Bill`))).toBe(
        `The event ${id} failed, and ${what}: ${problem}`,
      );
    expect(await stack.line(/at exports\.bill /)).toMatch(/index\.\w+:\d+:\d+/);
    const sqs = new SQSClient(client());
    const QueueUrl = `${stack.awsEndpointUrl}/000000000000/FractalWebhooks-NotBilled`;
    const [letter] = await eventually(async () => {
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      expect(Messages).toHaveLength(1);
      return Messages ?? [];
    });
    expect(JSON.parse(letter?.Body ?? '')).toMatchObject({ id, detail: { user_id: 'jim', status: 'rejected' } });
  });

  test('says that the event of a function that does not start is lost, after three attempts', async () => {
    const data = { user_id: 'joe', level: 'plus', timestamp: '2024-05-06T07:08:09Z' };
    expect(await stack.deliver({ type: 'verification_rejected', data })).toBe(202);
    const { id } = await stack.event(({ detail }) => detail.user_id === 'joe');
    expect(await stack.line(new RegExp(`${id} failed, and is lost`))).toBe(
      `The event ${id} failed, and is lost, because its function has no deadLetterQueue: FractalWebhooks-Greet did not start`,
    );
  });

  test('a line that does not come is an error with the output, without the greeting', async () => {
    const message = await stack.line(/printed below/).catch((error: Error) => error.message);
    expect(message).toMatch(
      /^No line that matches \/printed below\/ within 30 seconds\. Output of the local stack:\nNot run here: /,
    );
    expect(message).toContain('Unlock jon Clicks');
  });

  test('suggests commands of the package in the console', async () => {
    const response = await fetch(`${stack.consoleUrl}/view?of=bus`);
    expect(await response.text()).toContain('"npx --no -- fractal-webhooks-local --forward-events http://127.0.0.1:4000/hook"');
  });

  test('creates the tables of the team with their indexes', async () => {
    const dynamodb = new DynamoDBClient(client());
    const read = { TableName: 'FractalWebhooks-Users', Key: { id: { S: 'jon' } } };
    expect((await dynamodb.send(new GetItemCommand(read))).Item).toBeUndefined();
  });

  test('streams a table of the team, whatever its keys are, with the filter of the mapping', async () => {
    const dynamodb = new DynamoDBClient(client());
    for (const [id, mail] of [
      ['john', 'john@example.org'],
      ['jane', 'jane@example.com'],
    ] as const)
      await dynamodb.send(new PutItemCommand({ TableName: 'FractalWebhooks-Users', Item: { id: { S: id }, mail: { S: mail } } }));
    expect(await stack.line(/^Watched j/)).toBe('Watched jane');
  });

  test('passes on the messages of a queue of the team that the filter of the mapping matches', async () => {
    const sqs = new SQSClient(client());
    const QueueUrl = `${stack.awsEndpointUrl}/000000000000/FractalWebhooks-Orders`;
    for (const MessageBody of ['no JSON', '{"kind":"offer"}', '{"kind":"order"}'])
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    expect(await stack.line(/^Watched [{n]/)).toBe('Watched {"kind":"order"}');
  });
});

describe('startLocalStack', () => {
  (inFull ? test : test.skip)('runs a stack that names its own account, region and key', async () => {
    const settings = { account: '123456789012', region: 'us-east-1', customerManagedKey: true };
    const own = await startLocalStack({ assembly: await synthesized(settings) });
    const data = { user_id: 'jon', level: 'plus', timestamp: '2024-05-06T07:08:09Z' };
    expect(await own.deliver({ type: 'verification_approved', data })).toBe(202);
    await own.event(({ detail }) => detail.user_id === 'jon');
    await own.deliver({ type: 'nonsense' });
    await own.line(/alarm .* FractalWebhooks-dead-letters/);
    await own.stop();
  });

  test('reports an error in an assembly', async () => {
    await expect(startLocalStack({ assembly: folder })).rejects.toThrow(
      `The local stack did not start:\nerror: ${folder} is not a cloud assembly. Create one with cdk synth, which writes to cdk.out by default, or choose another folder with --assembly.`,
    );
    await expect(startLocalStack({ assembly: join(folder, 'cdk.out'), stack: 'Other' })).rejects.toThrow(
      `${join(folder, 'cdk.out')} contains no stack Other. It contains: FractalWebhooks.`,
    );
  });
});
