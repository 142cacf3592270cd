import { describe, expect, test } from '@jest/globals';
import type { Template } from '../../emulator/template/assembly.ts';
import { type Properties, resolveTemplate } from '../../emulator/template/resolve.ts';

const PSEUDO = { 'AWS::Region': 'eu-central-1' };

const resolving = async (Resources: Template['Resources'], Outputs: Template['Outputs'] = {}) => {
  const order: string[] = [];
  const seen: Record<string, Properties> = {};
  const { outputs } = await resolveTemplate({ Resources, Outputs }, PSEUDO, () => (logicalId, properties) => {
    order.push(logicalId);
    seen[logicalId] = properties;
    return { ref: `ref-${logicalId}`, attributes: { Arn: `arn-${logicalId}` } };
  });
  return { order, seen, outputs };
};

describe('resolving a template', () => {
  test('creates each resource once, after those that it refers to', async () => {
    const { order } = await resolving({
      C: { Type: 'T', Properties: { list: [{ Ref: 'A' }, { 'Fn::GetAtt': ['B', 'Arn'] }] } },
      B: { Type: 'T', Properties: { a: { Ref: 'A' } } },
      A: { Type: 'T' },
    });
    expect(order).toEqual(['A', 'B', 'C']);
  });

  test('replaces the intrinsic functions of the CDK', async () => {
    const { seen, outputs } = await resolving(
      {
        A: { Type: 'T' },
        B: {
          Type: 'T',
          Properties: {
            ref: { Ref: 'A' },
            join: { 'Fn::Join': ['-', ['x', { Ref: 'AWS::Region' }, { 'Fn::GetAtt': ['A', 'Arn'] }]] },
            sub: { 'Fn::Sub': 'in ${AWS::Region}: ${A} is ${A.Arn}' },
            plain: [1, true, null, { deep: 'text' }],
          },
        },
      },
      { Out: { Value: { Ref: 'B' } } },
    );
    expect(seen.B).toEqual({
      ref: 'ref-A',
      join: 'x-eu-central-1-arn-A',
      sub: 'in eu-central-1: ref-A is arn-A',
      plain: [1, true, null, { deep: 'text' }],
    });
    expect(outputs).toEqual({ Out: 'ref-B' });
  });

  test.each<[string, unknown, RegExp]>([
    ['an undefined resource', { Ref: 'Missing' }, /refers to Missing/],
    ['an unsupported attribute', { 'Fn::GetAtt': ['A', 'Color'] }, /does not support the attribute Color of A/],
    ['an unsupported function', { 'Fn::Cidr': [] }, /Fn::Cidr is not supported/],
  ])('stops at %s', async (_, value, message) => {
    await expect(resolving({ A: { Type: 'T' }, B: { Type: 'T', Properties: { value } } })).rejects.toThrow(message);
  });
});
