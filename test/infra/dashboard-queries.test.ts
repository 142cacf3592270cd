import { expect, test } from '@jest/globals';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { Result } from '../../functions/apply/apply.ts';
import { createHandler as createApplyHandler } from '../../functions/apply/sqs.ts';
import type { Outcome } from '../../functions/core/state.ts';
import { createHandler as createPublishHandler } from '../../functions/publish/stream.ts';
import { aBatch, aContext, logged } from '../support/lambda.ts';
import { type Json, resourcesOf, variant } from '../support/templates.ts';
import { VARIANTS } from '../support/variants.ts';

const done = (messageId: string, kind: Outcome): Result => ({ messageId, kind, id: messageId, lagMs: 7, contested: false });
const CHANGE = { eventID: 'change', dynamodb: { SequenceNumber: '1', Keys: { pk: { S: 'USER#u' }, sk: { S: 'LEVEL#basic' } } } };

/** What the functions log of a good batch, by the start of the logical id of their log group. */
const LINES: Readonly<Record<string, () => Promise<string>>> = {
  LogsApply: () => {
    const results = [done('m1', 'applied'), done('m2', 'duplicate'), done('m3', 'stale')];
    return logged(() => createApplyHandler(async () => results)(aBatch('a', 'b', 'c'), aContext()));
  },
  LogsPublish: () =>
    logged(() =>
      createPublishHandler(async (records) => records.map((record) => ({ record, kind: 'published' })))(
        { Records: [CHANGE] } as unknown as DynamoDBStreamEvent,
        aContext(),
      ),
    ),
};

const queriesOf = (template: Json): string[] => {
  const [[, { Properties }] = ['', {} as Json]] = resourcesOf(template, 'AWS::CloudWatch::Dashboard');
  const body = JSON.parse(
    Properties.DashboardBody['Fn::Join'][1]
      .map((part: string | Json) => (typeof part === 'string' ? part : (part.Ref ?? part['Fn::GetAtt'].join('.'))))
      .join(''),
  );
  return body.widgets.filter(({ type }: Json) => type === 'log').map(({ properties }: Json) => properties.query);
};

/**
 * The local stack runs no queries. CloudWatch Logs finds the fields of JSON lines by themselves, with dots between nested names; a
 * field that is not there has no value, and the graph stays empty.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
 */
test.each(Object.keys(VARIANTS))(
  '%s: the queries of the dashboard read numbers that the functions log there, over time',
  async (name) => {
    const queries = queriesOf(variant(name).template);
    expect(queries).toHaveLength(2);
    for (const query of queries) {
      const groups = [...query.matchAll(/SOURCE '([A-Za-z]+)[0-9A-F]{8}'/g)].map(([, group = '']) => group);
      // One after the other: both capture standard output.
      const lines = await Array.fromAsync(groups, (group) => LINES[group]?.() ?? 'null');
      const fields = [...query.matchAll(/\b(?:sum|max|pct)\(([\w.]+)/g)].map(([, field = '']) => field);
      expect(fields.length).toBeGreaterThan(1);
      for (const field of fields) {
        const values = lines.map((line) =>
          field.split('.').reduce((value: Json | undefined, key) => value?.[key], JSON.parse(line)),
        );
        expect([field, values.some((value) => typeof value === 'number')]).toEqual([field, true]);
      }
      // A line over time needs it: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_Insights-Visualizing-Log-Data.html
      expect(query).toMatch(/ by bin\(5m\)$/);
    }
  },
);
