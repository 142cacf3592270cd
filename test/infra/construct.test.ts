import { describe, expect, test } from '@jest/globals';
import { App, CfnOutput, Lazy, NestedStack, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { readParts } from '../../functions/core/stack-contract.ts';
import { FractalWebhooks, type FractalWebhooksProps } from '../../infra/fractal-webhooks.ts';
import { readSettings } from '../../infra/read-settings.ts';
import { type Json, resourcesOf } from '../support/templates.ts';

const appWith = (props?: FractalWebhooksProps) => {
  // Without bundling the functions.
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new Stack(app, 'Team');
  return { app, stack, webhooks: new FractalWebhooks(stack, 'Webhooks', props) };
};

const PHYSICAL_NAMES: Readonly<Record<string, string>> = {
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Events::Archive': 'ArchiveName',
  'AWS::Events::EventBus': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::KMS::Alias': 'AliasName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::DeliveryDestination': 'Name',
  'AWS::Logs::DeliverySource': 'Name',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
};

const functionIn = (stack: Stack): Lambda =>
  new Lambda(stack, 'Unlock', { runtime: Runtime.NODEJS_24_X, code: Code.fromInline('x'), handler: 'index.handler' });

const policiesOf = (stack: Stack): Json[] =>
  resourcesOf(Template.fromStack(stack).toJSON(), 'AWS::IAM::Policy').map(([, { Properties }]) => Properties.PolicyDocument);

describe('the construct', () => {
  test('has the defaults of prod, also for settings that are undefined', () => {
    const { stack } = appWith({ logLevel: undefined });
    const [[, table] = []] = resourcesOf(Template.fromStack(stack).toJSON(), 'AWS::DynamoDB::Table');
    expect(table).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: { PointInTimeRecoverySpecification: { RecoveryPeriodInDays: 35 } },
    });
  });

  test('rejects a wrong setting with the expected value', () => {
    expect(() => appWith({ recoveryDays: 36 })).toThrow('recoveryDays is 36; it must be a whole number from 1 to 35.');
  });

  test('rejects settings of the stack and unknown statuses', () => {
    expect(() => appWith({ account: '123456789012' } as never)).toThrow(
      'account is a property of the stack, not of FractalWebhooks.',
    );
    expect(() => appWith({ bootstrapQualifier: 'prod' } as never)).toThrow('bootstrapQualifier is a property of the stack');
    const { stack, webhooks } = appWith();
    const target = new LambdaFunction(functionIn(stack));
    expect(() => webhooks.onVerification(stack, 'Rule', { status: 'aproved' as never, target })).toThrow(
      'The status is "aproved"; it must be one of approved, contacted, rejected.',
    );
  });

  test('accepts values that are only known at deployment', () => {
    const certificateArn = Lazy.string({ produce: () => 'arn:aws:acm:eu-central-1:123456789012:certificate/1' });
    const { stack } = appWith({ domainName: 'webhooks.example.com', certificateArn });
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).toContain('certificate/1');
  });

  /**
   * A physical name is unique in an account and region, so it depends on the stack's name: a team can deploy one app several times.
   * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
   */
  test('names no resource independently of the name of the stack', () => {
    const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Team', { stackName: 'preview-7' });
    new FractalWebhooks(stack, 'Webhooks');
    const template = Template.fromStack(stack).toJSON();
    const named = Object.entries(PHYSICAL_NAMES).flatMap(([type, property]) =>
      resourcesOf(template, type).flatMap(([, { Properties = {} }]) => Properties[property] ?? []),
    );
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !JSON.stringify(name).includes('preview-7'))).toEqual([]);
  });

  test('rejects a second receiver in a stack', () => {
    const { stack } = appWith();
    expect(() => new FractalWebhooks(stack, 'Second')).toThrow(
      'Team already has a FractalWebhooks. A stack can have one; put the other into another stack.',
    );
  });

  test('rejects a nested stack, whose outputs nobody finds', () => {
    const { stack } = appWith();
    expect(() => new FractalWebhooks(new NestedStack(stack, 'Nested'), 'Webhooks')).toThrow(
      'Team/Nested is a nested stack, whose outputs the command line does not find.',
    );
  });

  test.each(['before', 'after'])(
    'leaves the team its outputs, which are there %s it, and the command line finds its own',
    (when) => {
      const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Team');
      const ofTheTeam = () => {
        for (const name of ['TableName', 'ViewPolicyArn', 'Release']) new CfnOutput(stack, name, { value: 'theirs' });
        new Bucket(stack, 'QueueUrl');
      };
      if (when === 'before') ofTheTeam();
      new FractalWebhooks(stack, 'Webhooks');
      if (when === 'after') ofTheTeam();
      const { Outputs } = Template.fromStack(stack).toJSON();
      expect([Outputs.TableName.Value, Outputs.ViewPolicyArn.Value, Outputs.Release.Value]).toEqual([
        'theirs',
        'theirs',
        'theirs',
      ]);
      expect(Outputs).toHaveProperty('FractalWebhooksViewPolicyArn');
      const resolved = Object.entries<Json>(Outputs).map(([name, { Value }]) => [
        name,
        /(ConcurrencyNeeded|ThrottleRate)$/.test(name) ? Value : JSON.stringify(Value),
      ]);
      const parts = readParts(Object.fromEntries(resolved));
      expect(parts?.tableName).toBe(JSON.stringify(Outputs.FractalWebhooksTableName.Value));
      expect(parts?.queueUrl).toBe(JSON.stringify(Outputs.QueueUrl.Value));
      expect(parts?.release).not.toContain('theirs');
    },
  );

  test.each([
    [{ domainName: 'hooks.xn--p1ai', certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/1' }],
    [{ alarmEmail: 'ops@xn--mnchen-3ya.de' }],
    [{ alarmEmail: "o'neil@example.com" }],
    [{ alarmEmail: ['a@example.com', Lazy.string({ produce: () => 'b@example.com' })] }],
    [{ alarmEmail: Token.asString({ Ref: 'Address' }) }],
  ])('accepts %j', (props) => {
    expect(() => Template.fromStack(appWith(props).stack)).not.toThrow();
  });

  test('names what has to be known when the app is synthesized', () => {
    const later = { throttleRate: Token.asNumber({ Ref: 'Rate' }), webhookPath: Token.asString({ Ref: 'Path' }) };
    expect(() => appWith(later)).toThrow(
      'throttleRate is a value that is only known at deployment; it must be a whole number from 1 to 10000. It has to be known when the app is synthesized.\nwebhookPath is a value that is only known at deployment; it must be a path such as /webhooks/fractal. It has to be known',
    );
  });

  test('lists only settings that it takes', () => {
    expect(() => appWith({ alarmMail: 'a@example.com' } as never)).toThrow(
      /^Unknown setting alarmMail\. The settings are stage, tags, (?!.*(account|region|bootstrapQualifier|terminationProtection))/,
    );
  });

  test.each([
    ['region', { region: 'us-east-1', account: '111111111111' }],
    ['account', { region: 'eu-central-1', account: '222222222222' }],
  ])('rejects a rule in a stack of another %s', (what, env) => {
    const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
    const webhooks = new FractalWebhooks(
      new Stack(app, 'Team', { env: { region: 'eu-central-1', account: '111111111111' } }),
      'Webhooks',
    );
    const other = new Stack(app, 'Other', { env });
    const target = new LambdaFunction(functionIn(other));
    expect(() => webhooks.onVerification(other, 'Rule', { status: 'approved', target })).toThrow(
      `Other is in the ${what} ${env[what as 'region']}`,
    );
  });

  test('grants a function reading the table by key, and nothing else', () => {
    const { stack, webhooks } = appWith();
    webhooks.grantRead(functionIn(stack));
    const [[tableId] = []] = resourcesOf(Template.fromStack(stack).toJSON(), 'AWS::DynamoDB::Table');
    expect(policiesOf(stack)).toMatchObject([
      { Statement: [{ Action: ['dynamodb:GetItem', 'dynamodb:Query'], Resource: { 'Fn::GetAtt': [tableId, 'Arn'] } }] },
    ]);
  });

  test('grants a function what an actor needs: reading, and updating one attribute', () => {
    const { stack, webhooks } = appWith();
    webhooks.grantAct(functionIn(stack), 'unlock');
    const [{ Statement = [] } = {}] = policiesOf(stack);
    expect(Statement).toMatchObject([
      {
        Action: 'dynamodb:UpdateItem',
        Condition: {
          'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'acted_unlock'] },
          Null: { 'dynamodb:Attributes': 'false' },
        },
      },
      { Action: ['dynamodb:GetItem', 'dynamodb:Query'] },
    ]);
  });

  test('grants a function the key through DynamoDB if the table is encrypted with one', () => {
    const { stack, webhooks } = appWith({ customerManagedKey: true });
    webhooks.grantRead(functionIn(stack));
    const [{ Statement = [] } = {}] = policiesOf(stack);
    expect(Statement).toContainEqual(
      expect.objectContaining({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Condition: expect.anything() }),
    );
  });

  test('takes a key of the team, and adds what AWS services need to its policy', () => {
    const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
    const keys = new Stack(app, 'Keys');
    const key = new Key(keys, 'Key');
    const receiver = new Stack(app, 'Receiver');
    new FractalWebhooks(receiver, 'Webhooks', { stage: 'dev', customerManagedKey: key });
    app.synth();
    const own = Template.fromStack(receiver);
    own.resourceCountIs('AWS::KMS::Key', 0);
    own.hasResourceProperties('AWS::DynamoDB::Table', { SSESpecification: { KMSMasterKeyId: Match.anyValue() } });
    const [[, policy] = []] = resourcesOf(Template.fromStack(keys).toJSON(), 'AWS::KMS::Key');
    const services = policy?.Properties.KeyPolicy.Statement.flatMap(({ Principal }: Json) => Principal.Service ?? []);
    expect(services).toEqual(expect.arrayContaining(['cloudwatch.amazonaws.com', 'events.amazonaws.com']));
  });

  test('takes the ARN of a key, and prints the statements that its policy must have', () => {
    const arn = 'arn:aws:kms:eu-central-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const { stack } = appWith({ customerManagedKey: arn });
    const [warning] = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp("policy of the key can't be changed"));
    const [, statements = ''] = /statements:\n(\[[\s\S]*?\n\])/.exec(String(warning?.entry.data)) ?? [];
    expect(JSON.parse(statements).map(({ Principal, Condition }: Json) => [Principal.Service, Condition])).toEqual([
      [
        'logs.REGION.amazonaws.com',
        { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:REGION:ACCOUNT_ID:log-group:*' } },
      ],
      ['cloudwatch.amazonaws.com', { StringEquals: { 'aws:SourceAccount': 'ACCOUNT_ID' } }],
      ['events.amazonaws.com', { StringEquals: { 'aws:SourceAccount': 'ACCOUNT_ID' } }],
      ['events.amazonaws.com', { ArnLike: { 'kms:EncryptionContext:aws:sqs:arn': 'arn:aws:sqs:REGION:ACCOUNT_ID:*' } }],
      ...['events.amazonaws.com', 'delivery.logs.amazonaws.com'].map((service) => [
        service,
        { StringLike: { 'kms:EncryptionContext:SourceArn': 'arn:aws:logs:REGION:ACCOUNT_ID:*' } },
      ]),
    ]);
    Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::Table', { SSESpecification: { KMSMasterKeyId: arn } });
  });

  test('names a construct where it expects something else', () => {
    const { stack } = appWith({});
    expect(() => readSettings({ stage: 'dev', customerManagedKey: stack })).toThrow(
      'customerManagedKey is the construct Team; it must be true, false, a key, or the ARN of a key in KMS.',
    );
  });

  test('invokes a target in another stack that reads the table, without a circular dependency', () => {
    const { app, stack, webhooks } = appWith();
    const other = new Stack(app, 'Other');
    const unlock = functionIn(other);
    webhooks.grantRead(unlock);
    webhooks.onVerification(other, 'Approved', { level: 'plus', status: 'approved', target: new LambdaFunction(unlock) });
    webhooks.onVerification(other, 'Rejected', { status: 'rejected', target: new LambdaFunction(unlock) });
    app.synth();
    expect(other.dependencies).toEqual([stack]);
    const rules = resourcesOf(Template.fromStack(other).toJSON(), 'AWS::Events::Rule');
    expect(rules.map(([, { Properties }]) => Properties.EventPattern)).toEqual([
      { source: ['fractal-webhooks'], 'detail-type': ['verification_approved'], detail: { level: ['plus'] } },
      { source: ['fractal-webhooks'], 'detail-type': ['verification_rejected'] },
    ]);
  });

  test('has no bus if changeEvents is false, with an error that says so', () => {
    expect(() => appWith({ changeEvents: false }).webhooks.eventBus).toThrow('There are no events: changeEvents is false.');
  });
});
