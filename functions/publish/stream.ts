import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { describeError, type Invocation, log, Problem } from '../log.ts';
import { plainItem } from '../plain-item.ts';
import type { Result, StreamRecord } from './publish.ts';

/** How long before Lambda's own time limit publishing stops, in milliseconds; what is not published by then is reported failed. */
const RESERVE_MS = 2_000;

export type Publish = (records: readonly StreamRecord[], signal: AbortSignal) => Promise<Result[]>;

/**
 * The edge between the table's stream and publishing. Reports each record that failed; Lambda goes on from the first of them, so what came
 * after it may be published again. https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export const createHandler = (publish: Publish) =>
  middy<DynamoDBStreamEvent, DynamoDBBatchResponse, Error, Context>({ timeoutEarlyInMillis: 0 })
    .onError(({ error, context }) => {
      log('ERROR', 'records failed', { problem: describeError(error), requestId: context.awsRequestId });
    })
    .handler(async (event, context) => {
      if (!Array.isArray(event?.Records)) throw new Problem('not an event of a table');
      const records = event.Records.map(recordOf);
      const timeUp = new AbortController();
      const timer = setTimeout(() => timeUp.abort(), Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS));
      const results = await publish(records, timeUp.signal).finally(() => clearTimeout(timer));
      tell(results, { requestId: context.awsRequestId });
      const settled = new Set(results.flatMap(({ kind, record }) => (kind === 'failed' ? [] : [record.sequenceNumber])));
      const failed = records.filter(({ sequenceNumber }) => !settled.has(sequenceNumber));
      return { batchItemFailures: failed.map(({ sequenceNumber }) => ({ itemIdentifier: sequenceNumber })) };
    });

const recordOf = ({ eventID, dynamodb }: DynamoDBRecord): StreamRecord => {
  const { Keys, OldImage, NewImage, SequenceNumber, ApproximateCreationDateTime = 0 } = dynamodb ?? {};
  const { pk, sk } = plain(Keys) ?? {};
  if (!eventID || !SequenceNumber || typeof pk !== 'string' || typeof sk !== 'string')
    throw new Problem('not a record of the table');
  return {
    id: eventID,
    sequenceNumber: SequenceNumber,
    at: ApproximateCreationDateTime * 1_000,
    key: { pk, sk },
    before: plain(OldImage),
    after: plain(NewImage),
  };
};

const plain = (image: object | undefined) => image && plainItem(image as Record<string, AttributeValue>);

// The counts are there to be metrics, the ids to be found.
const tell = (results: readonly Result[], invocation: Invocation): void => {
  const of = (kind: Result['kind']) => results.filter((result) => result.kind === kind);
  const published = of('published').map(({ record }) => record.id);
  const told = published.length > 0 && { published: { n: published.length, ids: published } };
  const troubled = results.flatMap((result) =>
    'problem' in result ? [{ id: result.record.id, kind: result.kind, problem: result.problem }] : [],
  );
  if (troubled.length === 0) {
    if (told) log('INFO', 'changes', told);
  } else log('ERROR', 'changes', { ...told, unpublished: { n: troubled.length, changes: troubled }, ...invocation });
};
