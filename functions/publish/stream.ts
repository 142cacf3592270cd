import middy from '@middy/core';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { describeError, type Invocation, log, Problem } from '../log.ts';
import type { Result } from './publish.ts';
import type { StreamRecord } from './schedule.ts';
import { recordOf } from './stream-record.ts';

/** Publishing stops this many milliseconds before the Lambda timeout. Records not published by then are reported as failed. */
const RESERVE_MS = 2_000;

export type Publish = (records: readonly StreamRecord[], signal: AbortSignal) => Promise<Result[]>;

/**
 * Adapts a stream batch to `Publish`. Reports each record that failed; Lambda resumes from the first of them, so later records
 * may be published again. https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export const createHandler = (publish: Publish) =>
  middy<DynamoDBStreamEvent, DynamoDBBatchResponse, Error, Context>({ timeoutEarlyInMillis: 0 })
    .onError(({ error, context }) => {
      log('ERROR', 'records failed', { problem: describeError(error), requestId: context.awsRequestId });
    })
    .handler(async (event, context) => {
      if (!Array.isArray(event?.Records)) throw new Problem('not a DynamoDB stream event');
      const records = event.Records.map(recordOf);
      const timeUp = new AbortController();
      const timer = setTimeout(() => timeUp.abort(), Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS));
      const results = await publish(records, timeUp.signal).finally(() => clearTimeout(timer));
      logResults(results, { requestId: context.awsRequestId });
      const settled = new Set(results.flatMap(({ kind, record }) => (kind === 'failed' ? [] : [record.sequenceNumber])));
      const failed = records.filter(({ sequenceNumber }) => !settled.has(sequenceNumber));
      return { batchItemFailures: failed.map(({ sequenceNumber }) => ({ itemIdentifier: sequenceNumber })) };
    });

// The dashboard adds up the counts; the ids make the line searchable.
const logResults = (results: readonly Result[], invocation: Invocation): void => {
  const of = (kind: Result['kind']) => results.filter((result) => result.kind === kind);
  const published = of('published').map(({ record }) => record.id);
  const counted = published.length > 0 && { published: { n: published.length, ids: published } };
  const failures = results.flatMap((result) =>
    'problem' in result ? [{ id: result.record.id, kind: result.kind, problem: result.problem }] : [],
  );
  if (failures.length === 0) {
    if (counted) log('INFO', 'changes', counted);
  } else log('ERROR', 'changes', { ...counted, unpublished: { n: failures.length, changes: failures }, ...invocation });
};
