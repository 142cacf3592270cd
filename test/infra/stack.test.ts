import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { readAssembly } from '../../emulator/template/assembly.ts';
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

const [ingestId, ingest] = only('AWS::Lambda::Function', {
  Environment: { Variables: { QUEUE_URL: Match.anyValue(), SECRET_ID: Match.anyValue() } },
});
const [applyId, apply] = only('AWS::Lambda::Function', {
  Environment: { Variables: { QUEUE_URL: Match.absent(), SECRET_ID: Match.absent(), TABLE_NAME: Match.anyValue() } },
});
const [publishId, publish] = only('AWS::Lambda::Function', { Environment: { Variables: { EVENT_BUS_NAME: Match.anyValue() } } });
const [checkId, check] = only('AWS::Lambda::Function', {
  Environment: { Variables: { QUEUE_URL: Match.absent(), SECRET_ID: Match.anyValue() } },
});
const [queueId, queue] = only('AWS::SQS::Queue', { RedrivePolicy: Match.anyValue() });
const deadLetterQueueId: string = queue.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'][0];
const deadLetterQueue = (json.Resources[deadLetterQueueId]?.Properties ?? {}) as Properties;
const [tableId, table] = only('AWS::DynamoDB::Table', { StreamSpecification: Match.anyValue() });
const [secretId] = only('AWS::SecretsManager::Secret');
const [, mapping] = only('AWS::Lambda::EventSourceMapping', { EventSourceArn: { 'Fn::GetAtt': [queueId, 'Arn'] } });
const [, streamMapping] = only('AWS::Lambda::EventSourceMapping', { EventSourceArn: { 'Fn::GetAtt': [tableId, 'StreamArn'] } });
const unpublishedId = ((json.Outputs?.UnpublishedQueueUrl?.Value ?? {}) as Properties).Ref as string;
const unpublished = (json.Resources[unpublishedId]?.Properties ?? {}) as Properties;

const aliasOf = (functionId: string): string => only('AWS::Lambda::Alias', { FunctionName: { Ref: functionId } })[0];
const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

describe('permissions', () => {
  test('deny calls to the queues without TLS', () => {
    for (const id of [queueId, deadLetterQueueId, unpublishedId]) {
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
  test('make ingest answer before API Gateway times out, and API Gateway before Fractal hangs up', () => {
    const [, integration] = only('AWS::ApiGatewayV2::Integration');
    expect(ingest.Timeout * 1_000).toBeLessThan(integration.TimeoutInMillis);
    expect(integration.TimeoutInMillis).toBeLessThanOrEqual(8_000);
  });

  test('keep a dead letter for 14 days, longer than it can have waited on the queue', () => {
    expect(deadLetterQueue.MessageRetentionPeriod).toBe(14 * 24 * 3600);
    expect(unpublished.MessageRetentionPeriod).toBe(14 * 24 * 3600);
    expect(queue.MessageRetentionPeriod).toBeLessThan(deadLetterQueue.MessageRetentionPeriod);
  });

  test('give a message five attempts', () => {
    expect(queue.RedrivePolicy.maxReceiveCount).toBe(5);
  });
});

describe('the stack', () => {
  test('has one route, which invokes ingest with payload format 2.0', () => {
    const [, route] = only('AWS::ApiGatewayV2::Route');
    expect(route.RouteKey).toBe('POST /webhooks/fractal');
    const [, integration] = only('AWS::ApiGatewayV2::Integration');
    expect(integration).toMatchObject({ IntegrationUri: { Ref: aliasOf(ingestId) }, PayloadFormatVersion: '2.0' });
  });

  test('invokes apply from the queue, and lets it report single messages as failed', () => {
    expect(mapping).toMatchObject({
      EventSourceArn: arnOf(queueId),
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(JSON.stringify(mapping.FunctionName)).toContain(`{"Ref":"${aliasOf(applyId)}"}`);
  });

  test('invokes publish from the stream of the table, once it has the permission to read it', () => {
    expect(JSON.stringify(streamMapping.FunctionName)).toContain(`{"Ref":"${aliasOf(publishId)}"}`);
    const [[, resource]] = Object.entries(
      template.findResources('AWS::Lambda::EventSourceMapping', { Properties: streamMapping }),
    ) as [[string, Properties]];
    expect(resource.DependsOn).toEqual([expect.stringContaining('PublishPermissions')]);
  });

  test('runs its functions on Node 24 and arm64, each with its own bundle', () => {
    for (const lambda of [ingest, apply, publish, check])
      expect(lambda).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    const bundleOf = ({ Code }: Properties) => {
      const folder = assetFolder(Code.S3Key);
      const files = readdirSync(folder).filter((file) => file.endsWith('.mjs'));
      return files.map((file) => readFileSync(join(folder, file), 'utf8')).join('');
    };
    expect(bundleOf(ingest)).toContain('x-fractal-signature');
    expect(bundleOf(ingest)).not.toContain('attribute_not_exists');
    expect(bundleOf(apply)).toContain('attribute_not_exists');
    expect(bundleOf(apply)).not.toContain('x-fractal-signature');
    expect(bundleOf(check)).not.toContain('although the item is not newer');
    expect(bundleOf(publish)).toContain('verification_');
    expect(bundleOf(publish)).not.toMatch(/attribute_not_exists|x-fractal-signature/);
  });

  test('makes a version live only after the release check, which runs after all permissions are in place', () => {
    const [[proofId, proof] = ['', {}]] = Object.entries(template.findResources('Custom::ReleaseCheck'));
    expect(proof.Properties).toMatchObject({
      ServiceToken: arnOf(checkId),
      ServiceTimeout: String(check.Timeout + 30),
      Alias: 'live',
    });
    for (const [name, lambda] of Object.entries({ Ingest: ingestId, Apply: applyId, Publish: publishId })) {
      const alias = json.Resources[aliasOf(lambda)] as Properties;
      expect(alias.Properties.FunctionVersion).toEqual({ 'Fn::GetAtt': [proof.Properties[name].Ref, 'Version'] });
      expect(alias.DependsOn).toContain(proofId);
    }
    const policies = Object.keys(template.findResources('AWS::IAM::ManagedPolicy')).filter((id) =>
      /^(Ingest|Apply|Release|ChangesPublish).*Permissions/.test(id),
    );
    expect(policies).toHaveLength(4);
    expect(proof.DependsOn).toEqual(expect.arrayContaining(policies));
  });

  test('has nothing but the release check that could block a release', () => {
    expect(JSON.stringify(json)).not.toMatch(/CodeDeploy|RollbackTriggers/);
  });

  test('has a table that can be restored', () => {
    expect(table).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
    });
  });

  test('has the outputs that teams and tools need', () => {
    expect(json.Outputs).toMatchObject({
      TableName: { Value: { Ref: tableId } },
      QueueUrl: { Value: { Ref: queueId } },
      DeadLetterQueueUrl: { Value: { Ref: deadLetterQueueId } },
      SecretId: { Value: { Ref: secretId } },
      EventBusName: { Value: { Ref: expect.stringMatching(/^ChangesBus/) } },
      UnpublishedQueueUrl: { Value: { Ref: unpublishedId } },
      WebhookUrl: { Value: { 'Fn::Join': ['', [expect.anything(), '/webhooks/fractal']] } },
    });
  });
});
