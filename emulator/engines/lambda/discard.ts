import { randomUUID } from 'node:crypto';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { ACCOUNT_ID, REGION } from '../../aws/account.ts';
import type { S3Engine } from '../s3/s3.ts';

export interface Discarding {
  readonly functionName: string;
  readonly mappingId: string;
  readonly bucket: string;
}

/**
 * Stores the records that an event source mapping discards because they are too old.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export const createDiscard =
  (s3: Pick<S3Engine, 'putObject'>, { functionName, mappingId, bucket }: Discarding) =>
  async (event: DynamoDBStreamEvent): Promise<void> => {
    const { Records } = event;
    const now = new Date();
    const arrivalOf = (index: number): string =>
      new Date((Records.at(index)?.dynamodb?.ApproximateCreationDateTime ?? 0) * 1_000).toISOString();
    const record = {
      requestContext: {
        requestId: randomUUID(),
        functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${functionName}`,
        condition: 'RecordAgeExceeded',
        approximateInvokeCount: 1,
      },
      version: '1.0',
      timestamp: now.toISOString(),
      DDBStreamBatchInfo: {
        shardId: 'shardId-0',
        startSequenceNumber: Records[0]?.dynamodb?.SequenceNumber,
        endSequenceNumber: Records.at(-1)?.dynamodb?.SequenceNumber,
        approximateArrivalOfFirstRecord: arrivalOf(0),
        approximateArrivalOfLastRecord: arrivalOf(-1),
        batchSize: Records.length,
        streamArn: Records[0]?.eventSourceARN,
      },
      payload: JSON.stringify(event),
    };
    const [day = '', time = ''] = now.toISOString().slice(0, 19).replaceAll(':', '.').split('T');
    const key = `aws/lambda/${mappingId}/shardId-0/${day.replaceAll('-', '/')}/${day}T${time}-${randomUUID()}`;
    await s3.putObject(bucket, key, JSON.stringify(record));
  };
