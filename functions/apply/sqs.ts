import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { describeError, type Invocation, log, Problem } from '../log.ts';
import type { Message, Result } from './apply.ts';

/** Writing stops this many milliseconds before the Lambda timeout. Messages not written by then are reported as failed. */
const RESERVE_MS = 1_000;

export type Apply = (messages: readonly Message[], signal: AbortSignal) => Promise<Result[]>;

/**
 * Adapts an SQS batch to `Apply`. Reports every message that is not known to be applied, duplicate or stale as failed.
 * Throws if the batch has no usable message ids, so that SQS keeps all of it.
 */
export const createHandler = (apply: Apply) =>
  middy<SQSEvent, SQSBatchResponse, Error, Context>({ timeoutEarlyInMillis: 0 })
    .onError(({ error, context }) => {
      log('ERROR', 'batch failed', { problem: describeError(error), ...invocationOf(context) });
    })
    .handler(async (event, context) => {
      const messages = messagesOf(event);
      // Not AbortSignal.timeout: it would keep its references until it fires, long after the batch has finished.
      const timeUp = new AbortController();
      const outOfTime = () => timeUp.abort(new Problem('out of time'));
      const timer = setTimeout(outOfTime, Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS));
      const results = await apply(messages, timeUp.signal).finally(() => clearTimeout(timer));
      logResults(results, invocationOf(context));
      return { batchItemFailures: unsettled(messages, results).map((itemIdentifier) => ({ itemIdentifier })) };
    });

const messagesOf = (event: SQSEvent): Message[] => {
  if (!Array.isArray(event?.Records)) throw new Problem('not an SQS event');
  return event.Records.map((record) => {
    if (!record?.messageId) throw new Problem('not an SQS event: it has a record without a message id');
    return { messageId: record.messageId, body: record.body };
  });
};

const invocationOf = ({ awsRequestId }: Context): Invocation => ({ requestId: awsRequestId });

// A message without a result counts as failed, and so does a message id with both a successful and a failed result.
const unsettled = (messages: readonly Message[], results: readonly Result[]): string[] => {
  const ids = new Set(messages.map(({ messageId }) => messageId));
  for (const { messageId } of results) ids.delete(messageId);
  for (const { messageId, kind } of results) if (kind === 'failed') ids.add(messageId);
  return [...ids];
};

// Metrics and the dashboard add up the counts; the ids make the line searchable.
const logResults = (results: readonly Result[], invocation: Invocation): void => {
  const settled = results.filter((result) => result.kind !== 'failed');
  const failed = results.filter((result) => result.kind === 'failed');
  const groups = Object.entries({
    ...Object.groupBy(settled, ({ kind }) => kind),
    contested: settled.filter(({ contested }) => contested),
  }).filter(([, those]) => those.length > 0);
  const good = {
    ...Object.fromEntries(groups.map(([group, those]) => [group, { n: those.length, ids: those.map(({ id }) => id) }])),
    ...(settled.length > 0 && { lag_ms: Math.max(...settled.map(({ lagMs }) => lagMs)) }),
  };
  const messages = failed.map(({ messageId, id, problem }) => ({ id, messageId, problem }));
  if (failed.length > 0) log('ERROR', 'batch', { ...good, failed: { n: failed.length, messages }, ...invocation });
  // An alarm counts these, whatever the log level.
  else if ('contested' in good) log('WARN', 'batch', { ...good, ...invocation });
  else log('INFO', 'batch', good);
};
