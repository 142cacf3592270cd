import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { describeError, log } from '../log.ts';
import type { ForwardMessage, ForwardResult } from './forward.ts';

/** Adapts an SQS batch, whose messages are sent at once. Each that the backend did not take is reported as failed. */
export const createHandler = (forward: (message: ForwardMessage) => Promise<ForwardResult>) =>
  middy<SQSEvent, SQSBatchResponse, Error, Context>({ timeoutEarlyInMillis: 0 })
    .onError(({ error, context }) => {
      log('ERROR', 'batch failed', { problem: describeError(error), requestId: context.awsRequestId });
    })
    .handler(async ({ Records }, { awsRequestId: requestId }) => {
      const results = await Promise.all(
        Records.map(({ messageId, receiptHandle, body, attributes }) =>
          forward({
            messageId,
            receiptHandle,
            body,
            attempt: Number(attributes.ApproximateReceiveCount),
            sentAt: Number(attributes.SentTimestamp),
          }),
        ),
      );
      for (const { id, messageId, kind, problem, late } of results) {
        if (kind === 'forwarded') log('INFO', kind, { id });
        else
          log('WARN', kind === 'failed' ? 'not forwarded' : kind, { id, messageId, problem, ...(late && { late }), requestId });
      }
      return {
        batchItemFailures: results
          .filter(({ kind }) => kind === 'failed')
          .map(({ messageId }) => ({ itemIdentifier: messageId })),
      };
    });
