import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { readAssembly } from '../../local/template/assembly.ts';
import { assemblyFolder } from '../support/once.ts';

const { template: json, assetFolder } = await readAssembly(assemblyFolder());
const template = Template.fromJSON(json as unknown as Record<string, unknown>);

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of every shape.
type Properties = Record<string, any>;

const only = (type: string, matching: Properties = {}): [string, Properties] => {
  const found = Object.entries(template.findResources(type, { Properties: Match.objectLike(matching) }));
  expect(found).toHaveLength(1);
  const [[id, { Properties: properties }]] = found as [[string, Properties]];
  return [id, properties];
};

const [ingestId, ingest] = only('AWS::Lambda::Function', { Environment: { Variables: { SECRET_ID: Match.anyValue() } } });
const [applyId, apply] = only('AWS::Lambda::Function', { Environment: { Variables: { TABLE_NAME: Match.anyValue() } } });
const [queueId, queue] = only('AWS::SQS::Queue', { RedrivePolicy: Match.anyValue() });
const deadLetterQueueId: string = queue.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'][0];
const deadLetterQueue = (json.Resources[deadLetterQueueId]?.Properties ?? {}) as Properties;
const [tableId, table] = only('AWS::DynamoDB::Table');
const [secretId] = only('AWS::SecretsManager::Secret');
const [, mapping] = only('AWS::Lambda::EventSourceMapping');

const aliasOf = (functionId: string): string => only('AWS::Lambda::Alias', { FunctionName: { Ref: functionId } })[0];
const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

describe('permissions', () => {
  test('let nobody call the queues without TLS', () => {
    for (const id of [queueId, deadLetterQueueId]) {
      template.hasResourceProperties('AWS::SQS::QueuePolicy', {
        Queues: [{ Ref: id }],
        PolicyDocument: Match.objectLike({
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          ]),
        }),
      });
    }
  });
});

describe('numbers that depend on each other', () => {
  test('have ingest answer before API Gateway does, and API Gateway before Fractal hangs up', () => {
    const [, integration] = only('AWS::ApiGatewayV2::Integration');
    expect(ingest.Timeout * 1_000).toBeLessThan(integration.TimeoutInMillis);
    expect(integration.TimeoutInMillis).toBeLessThanOrEqual(8_000);
  });

  test('hide a message for six time limits of apply and a batch window, as AWS asks', () => {
    expect(queue.VisibilityTimeout).toBeGreaterThanOrEqual(6 * apply.Timeout + mapping.MaximumBatchingWindowInSeconds);
  });

  test('keep a dead letter for 14 days, longer than it can have waited before', () => {
    expect(deadLetterQueue.MessageRetentionPeriod).toBe(14 * 24 * 3600);
    expect(queue.MessageRetentionPeriod).toBeLessThan(deadLetterQueue.MessageRetentionPeriod);
  });

  test('give a message five attempts', () => {
    expect(queue.RedrivePolicy.maxReceiveCount).toBe(5);
  });

  test('never take more batches from the queue than apply may run at once', () => {
    expect(mapping.ScalingConfig.MaximumConcurrency).toBeLessThanOrEqual(apply.ReservedConcurrentExecutions);
  });

  test('have a window where a batch is larger than ten', () => {
    expect(mapping.BatchSize).toBeGreaterThan(10);
    expect(mapping.MaximumBatchingWindowInSeconds).toBeGreaterThanOrEqual(1);
  });
});

describe('the stack', () => {
  test('posts to ingest, at one route, with payload 2.0', () => {
    const [, route] = only('AWS::ApiGatewayV2::Route');
    expect(route.RouteKey).toBe('POST /webhooks/fractal');
    const [, integration] = only('AWS::ApiGatewayV2::Integration');
    expect(integration).toMatchObject({ IntegrationUri: { Ref: aliasOf(ingestId) }, PayloadFormatVersion: '2.0' });
  });

  test('feeds apply from the queue, and lets it report single messages as failed', () => {
    expect(mapping).toMatchObject({
      EventSourceArn: arnOf(queueId),
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(JSON.stringify(mapping.FunctionName)).toContain(`{"Ref":"${aliasOf(applyId)}"}`);
  });

  test('runs both functions on Node 24 and arm64, each with its own bundle', () => {
    for (const lambda of [ingest, apply]) expect(lambda).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    const bundleOf = ({ Code }: Properties) => {
      const folder = assetFolder(Code.S3Key);
      const files = readdirSync(folder).filter((file) => file.endsWith('.mjs'));
      return files.map((file) => readFileSync(join(folder, file), 'utf8')).join('');
    };
    expect(bundleOf(ingest)).toContain('x-fractal-signature');
    expect(bundleOf(ingest)).not.toContain('attribute_not_exists');
    expect(bundleOf(apply)).toContain('attribute_not_exists');
    expect(bundleOf(apply)).not.toContain('x-fractal-signature');
  });

  test('keeps the table and the secret when it is deleted, and the table restorable', () => {
    for (const type of ['AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret']) {
      template.hasResource(type, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
    expect(table).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  test('has the outputs by which teams and tools find its parts', () => {
    expect(json.Outputs).toMatchObject({
      TableName: { Value: { Ref: tableId } },
      QueueUrl: { Value: { Ref: queueId } },
      DeadLetterQueueUrl: { Value: { Ref: deadLetterQueueId } },
      SecretId: { Value: { Ref: secretId } },
      WebhookUrl: { Value: { 'Fn::Join': ['', [expect.anything(), '/webhooks/fractal']] } },
    });
  });
});
