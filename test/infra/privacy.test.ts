import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { remaindersWith } from '../../oncall/forget/what-remains.ts';
import { resourcesOf, variant } from '../support/templates.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/privacy.md'), 'utf8');
const { template } = variant('with all optional settings');

/** The rows of the table: the output or name of the place, how long it keeps data, and what `forget` does. */
const rows = page
  .slice(page.indexOf('| place |'), page.indexOf('\n\nMetrics'))
  .split('\n')
  .slice(2)
  .map((line) => {
    const [, place = '', , kept = '', forget = ''] = line.split('|').map((cell) => cell.trim());
    return { place: /\(`(\w+)`\)$/.exec(place)?.[1] ?? place, label: place, kept, forget };
  });

const outputOf = (id: string): string | undefined =>
  Object.entries<{ Value: unknown }>(template.Outputs).find(
    ([, { Value }]) => JSON.stringify(Value) === JSON.stringify({ Ref: id }),
  )?.[0];

const days = (count: number): string => (count === 1 ? 'a day' : `${count} days`);
const duration = (seconds: number): string =>
  seconds === 3_600 ? 'an hour' : seconds % 86_400 === 0 ? days(seconds / 86_400) : `${seconds / 60} minutes`;

/** Each place of the template that can hold data, and how long it keeps it. */
const places = resourcesOf(
  template,
  ...['DynamoDB::Table', 'SQS::Queue', 'S3::Bucket', 'Events::Archive', 'Logs::LogGroup'].map((type) => `AWS::${type}`),
).flatMap(([id, { Type, Properties: of }]): [place: string, kept: string][] => {
  const place = outputOf(id) ?? id;
  switch (Type) {
    case 'AWS::DynamoDB::Table':
      return [
        [place, 'until deleted'],
        ['its backups', days(of.PointInTimeRecoverySpecification.RecoveryPeriodInDays)],
        ...(of.StreamSpecification ? [['its stream', 'a day'] as [string, string]] : []),
      ];
    case 'AWS::SQS::Queue':
      return [[place, duration(of.MessageRetentionPeriod)]];
    case 'AWS::S3::Bucket':
      return [[place, days(of.LifecycleConfiguration.Rules[0].ExpirationInDays)]];
    case 'AWS::Events::Archive':
      return [['the archive of events', days(of.RetentionDays)]];
    default:
      return [[place === 'AccessLogGroup' ? place : 'the other logs', days(of.RetentionInDays)]];
  }
});

describe('the page about privacy', () => {
  test('has every place that can hold data, and no other', () => {
    expect([...new Set(rows.map(({ place }) => place))].sort()).toEqual([...new Set(places.map(([place]) => place))].sort());
  });

  test.each(places)('says how long %s keeps data: %s', (place, kept) => {
    for (const row of rows.filter((one) => one.place === place)) expect(row.kept).toMatch(new RegExp(`^${kept}`));
  });

  test('says what forget deletes, and what it leaves', () => {
    const left = remaindersWith({ changeEvents: true, forwardTo: true }).map(({ part }) => part);
    const isLeft = ({ place, label }: (typeof rows)[number]): boolean =>
      left.includes(place) ||
      (label === 'its stream' && left.includes('StreamSpecification')) ||
      (label === 'its backups' && left.includes('PointInTimeRecoverySpecification')) ||
      (label === 'the archive of events' && left.includes('AWS::Events::Archive')) ||
      (place === 'DiscardedChangesBucket' && left.includes('AWS::S3::Bucket')) ||
      (/log/.test(label) && left.includes('AWS::Logs::LogGroup'));
    for (const row of rows.filter(({ forget }) => forget !== '–')) {
      expect([row.label, row.forget]).toEqual([row.label, isLeft(row) ? 'expires' : 'deletes']);
    }
  });

  test('names the settings whose values it has', () => {
    const of = (setting: string) => rows.filter(({ kept }) => kept.includes(`\`${setting}\``)).map(({ label }) => label);
    expect(of('recoveryDays')).toHaveLength(3);
    expect(of('logRetentionDays')).toHaveLength(2);
    expect(of('queueRetentionDays')).toHaveLength(1);
  });
});
