import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { schemaFindings } from '../support/cloudformation-schema.ts';
import { type Json, resourcesOf } from '../support/templates.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(PROJECT, 'docs/cloudfront.md'), 'utf8');
const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
// In the project, so that it finds the CDK.
mkdirSync(join(PROJECT, '.local'), { recursive: true });
const folder = mkdtempSync(join(PROJECT, '.local/cloudfront-'));
writeFileSync(join(folder, 'front.ts'), code);
execFileSync(process.execPath, [join(folder, 'front.ts')], { env: { ...process.env, CDK_OUTDIR: join(folder, 'out') } });
const template = JSON.parse(readFileSync(join(folder, 'out/FractalWebhooksFront.template.json'), 'utf8'));

const onlyOne = (type: string): Json => {
  const found = resourcesOf(template, type);
  expect(found).toHaveLength(1);
  return found[0]?.[1].Properties;
};

afterAll(() => rmSync(folder, { recursive: true }));

describe('the stack of docs/cloudfront.md', () => {
  test('is valid for CloudFormation', () => {
    expect(schemaFindings(template)).toEqual([]);
  });

  /**
   * The policies are managed by AWS.
   * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
   * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
   */
  test('caches nothing, and forwards the signature and the body unchanged, to the secret path', () => {
    const { DefaultCacheBehavior, Origins } = onlyOne('AWS::CloudFront::Distribution').DistributionConfig;
    expect(DefaultCacheBehavior).toMatchObject({
      AllowedMethods: expect.arrayContaining(['POST']),
      CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', // CachingDisabled
      OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac', // AllViewerExceptHostHeader
      Compress: false,
      ViewerProtocolPolicy: 'https-only',
    });
    expect(Origins).toMatchObject([{ OriginPath: '/3Fq8s0ZkPz', CustomOriginConfig: { OriginProtocolPolicy: 'https-only' } }]);
    expect(page).toContain('such as `/3Fq8s0ZkPz/fractal`');
  });

  /**
   * A plan of CloudFront covers exactly one distribution and one web ACL.
   * https://docs.aws.amazon.com/pricingplanmanager/latest/APIReference/API_CreateSubscription.html
   */
  test('has a plan for the distribution and its web ACL', () => {
    const { ResourceArns, ...plan } = onlyOne('AWS::PricingPlanManager::Subscription');
    expect(plan).toEqual({ PlanFamily: 'CloudFront', PlanTier: 'FREE' });
    expect(ResourceArns).toHaveLength(2);
    expect(ResourceArns[1]).toEqual(onlyOne('AWS::CloudFront::Distribution').DistributionConfig.WebACLId);
    expect(onlyOne('AWS::WAFv2::WebACL').Scope).toBe('CLOUDFRONT');
  });
});
