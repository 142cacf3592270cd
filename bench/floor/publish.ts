import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';

// The floor: one entry per record, ten per call, with the AWS SDK only. Verifications only, and no logs.

const { EVENT_BUS_NAME } = process.env;
const eventBridge = new EventBridgeClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_500, socketTimeout: 1_500, throwOnRequestTimeout: true },
});

type Image = NonNullable<DynamoDBRecord['dynamodb']>['NewImage'];

const stateOf = (image: Image) =>
  image && { status: image.status?.S, timestamp: image.timestamp?.S, as_of: Number(image.as_of?.N) };

const entryOf = ({ eventID, dynamodb }: DynamoDBRecord) => {
  const { NewImage, OldImage } = dynamodb ?? {};
  const { user_id, level, status } = NewImage ?? OldImage ?? {};
  const detail = {
    version: 1,
    id: eventID,
    user_id: user_id?.S,
    level: level?.S,
    ...stateOf(NewImage),
    previous: stateOf(OldImage) ?? null,
  };
  return {
    EventBusName: EVENT_BUS_NAME,
    Source: 'fractal-webhooks',
    DetailType: NewImage ? `verification_${status?.S}` : 'forgotten',
    Detail: JSON.stringify(detail),
  };
};

export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  for (let first = 0; first < Records.length; first += 10) {
    const some = Records.slice(first, first + 10);
    const { Entries = [] } = await eventBridge.send(new PutEventsCommand({ Entries: some.map(entryOf) }));
    const failed = Entries.findIndex(({ ErrorCode }) => ErrorCode !== undefined);
    const itemIdentifier = some[failed]?.dynamodb?.SequenceNumber;
    if (itemIdentifier !== undefined) return { batchItemFailures: [{ itemIdentifier }] };
  }
  return { batchItemFailures: [] };
};
