import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { publishTiming } from '../../infra/limits.ts';
import { readSettings } from '../../infra/read-settings.ts';
import { remaindersWith, whatRemains } from '../../oncall/forget/what-remains.ts';
import { resourcesOf, variant } from '../support/templates.ts';
import { VARIANTS } from '../support/variants.ts';

// The outputs of what `forget` searches, and of the queue that has only events of test users.
const SEARCHED = [
  'TableName',
  'HistoryTableName',
  'QueueUrl',
  'DeadLetterQueueUrl',
  'UnpublishedQueueUrl',
  'UnforwardedQueueUrl',
];
const OF_TEST_USERS = ['EventCheckQueueUrl'];
const HOLDS_DATA = [
  'DynamoDB::Table',
  'SQS::Queue',
  'Events::Archive',
  'Logs::LogGroup',
  'S3::Bucket',
  'KinesisFirehose::DeliveryStream',
];

describe.each(Object.entries(VARIANTS))('%s: what forget does not delete', (name, given) => {
  const { changeEvents, forwardTo } = readSettings(given);
  const { template } = variant(name);
  const listed = remaindersWith({ changeEvents, forwardTo: forwardTo !== undefined }).flatMap(({ part }) => part ?? []);
  const outputOf = (id: string): string | undefined =>
    Object.entries<{ Value: unknown }>(template.Outputs).find(
      ([, { Value }]) => JSON.stringify(Value) === JSON.stringify({ Ref: id }),
    )?.[0];

  test('is in the template', () => {
    const text = JSON.stringify(template);
    for (const part of listed) expect([part, text.includes(`"${part}"`)]).toEqual([part, true]);
  });

  test('is everything that holds data and is not searched', () => {
    const parts = resourcesOf(template, ...HOLDS_DATA.map((type) => `AWS::${type}`)).flatMap(([id, { Type, Properties }]) => {
      const output = outputOf(id) ?? id;
      const copies = ['PointInTimeRecoverySpecification', 'StreamSpecification'].filter((copy) => copy in Properties);
      return [
        ...(SEARCHED.includes(output) || OF_TEST_USERS.includes(output) ? [] : [Type === 'AWS::SQS::Queue' ? output : Type]),
        ...copies,
      ];
    });
    expect([...new Set(parts)].sort()).toEqual([...listed].sort());
  });
});

test('the documentation has the list', () => {
  const page = readFileSync(join(import.meta.dirname, '../../infra/README.md'), 'utf8').replace(/\s+/g, ' ');
  expect(page).toContain(whatRemains({ changeEvents: true, forwardTo: true }));
});

test('the list has the period of the queue of listeners', () => {
  expect(whatRemains({ changeEvents: true, forwardTo: true })).toContain('the queue of listeners (an hour)');
  expect(publishTiming.listenerRetention.toHours()).toBe(1);
});
