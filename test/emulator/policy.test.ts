import { describe, expect, test } from '@jest/globals';
import { judge, readPolicy } from '../../emulator/iam/policy.ts';

const QUEUE = 'arn:aws:sqs:eu-central-1:000000000000:queue';
const SEND = { action: 'sqs:SendMessage', resource: QUEUE };
const policy = (...Statement: Record<string, unknown>[]) => readPolicy({ Statement });

describe('a policy', () => {
  test.each([
    ['the action and the resource', 'sqs:SendMessage', QUEUE, 'Allow'],
    ['the action in another case', 'SQS:sendmessage', QUEUE, 'Allow'],
    ['wildcards', 'sqs:*', 'arn:aws:sqs:*:queu?', 'Allow'],
    ['lists', ['sqs:DeleteMessage', 'sqs:SendMessage'], ['x', QUEUE], 'Allow'],
    ['another action', 'sqs:ReceiveMessage', QUEUE, undefined],
    ['another resource', 'sqs:SendMessage', `${QUEUE}2`, undefined],
    ['a dot, which is not a wildcard', 'sqs:SendMessage', QUEUE.replace('queue', 'que.e'), undefined],
  ])('that names %s says %4$s', (_, Action, Resource, says) => {
    expect(judge(policy({ Effect: 'Allow', Action, Resource }), SEND)).toBe(says);
  });

  test('that denies overrides one that allows, in any order', () => {
    const statements = [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 'sqs:*', Resource: QUEUE },
    ];
    expect(judge(policy(...statements), SEND)).toBe('Deny');
    expect(judge(policy(...statements.toReversed()), SEND)).toBe('Deny');
  });

  test('with a condition applies if the condition holds; every local call counts as TLS', () => {
    const deny = (value: string) => ({
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { Bool: { 'aws:SecureTransport': value } },
    });
    expect(judge(policy(deny('false')), SEND)).toBeUndefined();
    expect(judge(policy(deny('true')), SEND)).toBe('Deny');
  });

  test.each([
    [{ NotAction: 'sqs:*' }],
    [{ NotResource: QUEUE }],
    [{ Condition: { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } } }],
  ])('with %j, which is not supported, is rejected', (part) => {
    expect(() => policy({ Effect: 'Allow', Action: '*', Resource: '*', ...part })).toThrow('cannot evaluate');
  });
});
