import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { Problem } from '../log.ts';
import { plainItem } from '../plain-item.ts';
import type { StreamRecord } from './schedule.ts';

/** @throws Problem if it is not a record of the table's stream */
export const recordOf = ({ eventID, dynamodb }: DynamoDBRecord): StreamRecord => {
  const { Keys, OldImage, NewImage, SequenceNumber, ApproximateCreationDateTime = 0 } = dynamodb ?? {};
  const { pk, sk } = plain(Keys) ?? {};
  if (!eventID || !SequenceNumber || typeof pk !== 'string' || typeof sk !== 'string')
    throw new Problem('not a stream record with pk, sk, an event id and a sequence number');
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
