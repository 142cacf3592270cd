import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Resource, Template } from '../../emulator/template/assembly.ts';
import { schemaFindings } from '../support/cloudformation-schema.ts';
import { inFull } from '../support/effort.ts';
import { variant } from '../support/templates.ts';
import { VARIANTS } from '../support/variants.ts';

const outdir = mkdtempSync(join(tmpdir(), 'fractal-webhooks-schema-'));

afterAll(() => rmSync(outdir, { recursive: true }));

describe("CloudFormation's resource schemas", () => {
  test.each(Object.entries(VARIANTS))('allow everything in the template of the variant "%s"', async (name, settings) => {
    if (inFull) {
      // The CDK's own validation throws during synthesis.
      const { stackWith } = await import('../support/stack-with.ts');
      stackWith(settings, { outdir, validated: true }).app.synth();
    }
    const template = variant(name).template as Template;
    expect(Object.keys(template.Resources).length).toBeGreaterThan(30);
    expect(schemaFindings(template)).toEqual([]);
  });
});

const ROLE = 'arn:aws:iam::000000000000:role/any';
const KEYS = [{ AttributeName: 'pk', KeyType: 'HASH' }];

const template = (type: string, Properties: Record<string, unknown>, output: unknown = ''): Template => ({
  Resources: { It: { Type: type, Properties } satisfies Resource },
  Outputs: { Told: { Value: output } },
});

const findings = (...parts: Parameters<typeof template>): string[] => schemaFindings(template(...parts));

describe('the check against the schemas', () => {
  test('allows a value of each type, and an intrinsic function for a scalar or a list', () => {
    const Code = { S3Bucket: { 'Fn::Sub': 'assets-${AWS::Region}' }, S3Key: { Ref: 'Key' } };
    const Environment = { Variables: { NAME: 'text', OTHER: { 'Fn::GetAtt': ['It', 'Arn'] } } };
    const right = { Role: ROLE, Code, Environment, Timeout: 7, MemorySize: { Ref: 'Memory' }, Layers: { Ref: 'Layers' } };
    expect(findings('AWS::Lambda::Function', right, { 'Fn::Sub': '${It.Arn}:${AWS::Region}' })).toEqual([]);
    expect(findings('AWS::DynamoDB::Table', { KeySchema: KEYS, Tags: [{ Key: 'a', Value: 'b' }] })).toEqual([]);
    expect(findings('AWS::SQS::Queue', { RedrivePolicy: { maxReceiveCount: 5 }, FifoQueue: true })).toEqual([]);
    expect(findings('Custom::Anything', { ServiceToken: ROLE, Mine: 1 }, { 'Fn::GetAtt': 'It.Mine' })).toEqual([]);
  });

  test.each<[string, string, Record<string, unknown>, string]>([
    ['an unknown resource type', 'AWS::SQS::Qeue', {}, 'It: there is no resource type AWS::SQS::Qeue'],
    [
      'an unknown property',
      'AWS::DynamoDB::Table',
      { KeySchema: KEYS, BilingMode: 'PAY_PER_REQUEST' },
      'It: AWS::DynamoDB::Table has no property BilingMode',
    ],
    [
      'an attribute that is given as a property',
      'AWS::SQS::Queue',
      { Arn: 'arn:aws:sqs:::q' },
      'It: AWS::SQS::Queue has no property Arn',
    ],
    [
      'a misspelled property of an object',
      'AWS::DynamoDB::Table',
      { KeySchema: KEYS, SSESpecification: { SSEEnabled: true, SSEtype: 'KMS' } },
      'It.SSESpecification: SSESpecification has no property SSEtype',
    ],
    [
      'a misspelled property in a list that might also be JSON',
      'AWS::DynamoDB::Table',
      { KeySchema: [{ ...KEYS[0], Keytype: 'HASH' }] },
      'It.KeySchema[0]: KeySchema has no property Keytype',
    ],
    [
      'a misspelled tag',
      'AWS::SQS::Queue',
      { Tags: [{ Key: 'a', Value: 'b', Vallue: 'c' }] },
      'It.Tags[0]: Tag has no property Vallue',
    ],
    ['a missing property', 'AWS::Lambda::Function', { Role: ROLE }, 'It: AWS::Lambda::Function requires the property Code'],
    [
      'a missing property of an object',
      'AWS::DynamoDB::Table',
      { KeySchema: [{ AttributeName: 'pk' }] },
      'It.KeySchema[0]: KeySchema requires the property KeyType',
    ],
    [
      'a missing property of a custom resource',
      'Custom::Anything',
      {},
      'It: Custom::Anything requires the property ServiceToken',
    ],
    ['text for an integer', 'AWS::SQS::Queue', { VisibilityTimeout: '61' }, 'It.VisibilityTimeout: "61" is not an integer'],
    ['a fraction for an integer', 'AWS::SQS::Queue', { VisibilityTimeout: 61.5 }, 'It.VisibilityTimeout: 61.5 is not an integer'],
    ['text for a boolean', 'AWS::SQS::Queue', { FifoQueue: 'true' }, 'It.FifoQueue: "true" is not a boolean'],
    ['a number for text', 'AWS::SQS::Queue', { QueueName: 5 }, 'It.QueueName: 5 is not a string'],
    ['a scalar for a list', 'AWS::SQS::Queue', { Tags: 'a' }, 'It.Tags: "a" is not a list'],
    ['a list for an object', 'AWS::Lambda::Function', { Role: ROLE, Code: [] }, 'It.Code: [] is not an object'],
    ['a number for JSON', 'AWS::SQS::Queue', { RedrivePolicy: 5 }, 'It.RedrivePolicy: 5 is not a string'],
    [
      'a wrong value in a map',
      'AWS::Lambda::Function',
      { Role: ROLE, Code: {}, Environment: { Variables: { NAME: 5 } } },
      'It.Environment.Variables.NAME: 5 is not a string',
    ],
    [
      'a value that is not allowed',
      'AWS::Logs::LogGroup',
      { RetentionInDays: 8 },
      'It.RetentionInDays: 8 is not one of 1, 3, 5, 7,',
    ],
    [
      'a misspelled intrinsic function',
      'AWS::SQS::Queue',
      { QueueName: { 'Fn::Jion': [] } },
      'It.QueueName: {"Fn::Jion":[]} is not a',
    ],
  ])('reports %s', (_, type, properties, finding) => {
    expect(findings(type, properties)).toEqual([expect.stringContaining(finding)]);
  });

  test.each([
    [{ 'Fn::GetAtt': ['It', 'Arm'] }],
    [{ 'Fn::GetAtt': 'It.Arm' }],
    [{ 'Fn::Sub': 'the queue ${It.Arm}' }],
    [{ 'Fn::Join': ['', [{ 'Fn::Sub': ['${It.Arm}/${name}', { name: 'q' }] }]] }],
  ])('reports the unknown attribute in %j', (value) => {
    const sentence = 'Fn::GetAtt names the attribute Arm of It, which AWS::SQS::Queue does not have';
    expect(findings('AWS::SQS::Queue', {}, value)).toEqual([`Told: ${sentence}`]);
    expect(findings('AWS::SQS::Queue', { RedrivePolicy: { deadLetterTargetArn: value } })).toEqual([`It: ${sentence}`]);
  });

  test('reports an attribute of a resource that does not exist', () => {
    const missing = findings('AWS::SQS::Queue', {}, { 'Fn::GetAtt': ['That', 'Arn'] });
    expect(missing).toEqual(['Told: Fn::GetAtt names the resource That, which does not exist']);
  });

  // If one of these fails, the library now checks it: remove the case, and update the comment in cloudformation-schema.ts.
  test.each<[string, string, Record<string, unknown>]>([
    ['a range', 'AWS::SQS::Queue', { MessageRetentionPeriod: 9_999_999 }],
    ['a pattern', 'AWS::Lambda::Function', { Role: 'no ARN', Code: {} }],
    ['the allowed values of a billing mode', 'AWS::DynamoDB::Table', { KeySchema: KEYS, BillingMode: 'FREE' }],
    [
      'the allowed values of a runtime',
      'AWS::Lambda::Function',
      { Role: ROLE, Code: {}, Runtime: 'nodejs2.x', Architectures: ['z80'] },
    ],
    ['the allowed values of an alarm', 'AWS::CloudWatch::Alarm', { ComparisonOperator: 'Above', EvaluationPeriods: 1 }],
    ['properties that are required together', 'AWS::Lambda::EventSourceMapping', { FunctionName: 'f' }],
    ['the content of JSON', 'AWS::SQS::Queue', { RedrivePolicy: { maxRecieveCount: 5 } }],
    ['the target of a Ref', 'AWS::SQS::Queue', { QueueName: { Ref: 'Nothing' } }],
  ])('does not report %s', (_, type, properties) => {
    expect(findings(type, properties)).toEqual([]);
  });
});
