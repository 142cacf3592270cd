import { describe, expect, test } from '@jest/globals';
import { judge, readPolicy } from '../../local/iam/policy.ts';

const QUEUE = 'arn:aws:sqs:eu-central-1:000000000000:queue';
const SEND = { action: 'sqs:SendMessage', resource: QUEUE };
const policy = (...Statement: Record<string, unknown>[]) => readPolicy({ Statement });

describe('a policy', () => {
  test.each([
    ['the action and the resource', 'sqs:SendMessage', QUEUE, 'Allow'],
    ['the action in other deadLetters', 'SQS:sendmessage', QUEUE, 'Allow'],
    ['wildcards', 'sqs:*', 'arn:aws:sqs:*:queu?', 'Allow'],
    ['lists', ['sqs:DeleteMessage', 'sqs:SendMessage'], ['x', QUEUE], 'Allow'],
    ['another action', 'sqs:ReceiveMessage', QUEUE, undefined],
    ['another resource', 'sqs:SendMessage', `${QUEUE}2`, undefined],
    ['a dot that is no wildcard', 'sqs:SendMessage', QUEUE.replace('queue', 'que.e'), undefined],
  ])('that names %s says %4$s', (_, Action, Resource, says) => {
    expect(judge(policy({ Effect: 'Allow', Action, Resource }), SEND)).toBe(says);
  });

  test('that denies wins over one that allows, in whatever order', () => {
    const statements = [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 'sqs:*', Resource: QUEUE },
    ];
    expect(judge(policy(...statements), SEND)).toBe('Deny');
    expect(judge(policy(...statements.toReversed()), SEND)).toBe('Deny');
  });

  test('with a condition counts where that holds: every call here is by TLS, as played', () => {
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
  ])('with %j, which is not evaluated here, is not read at all', (part) => {
    expect(() => policy({ Effect: 'Allow', Action: '*', Resource: '*', ...part })).toThrow('can not evaluate');
  });
});
