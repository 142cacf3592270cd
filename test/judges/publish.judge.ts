import { CreateEventBusCommand, EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import * as v from 'valibot';
import { EVENT_DETAILS } from '../../functions/core/event.ts';
import type { BusEvent } from '../../oncall/events/bus-event.ts';
import { listen } from '../../oncall/events/listen.ts';
import { loadBundle } from '../support/bundle.ts';
import { eventually } from '../support/eventually.ts';
import { aContext } from '../support/lambda.ts';
import { type MotoStack, startMotoStack } from './moto-stack.ts';

type Publish = (event: DynamoDBStreamEvent, context: Context) => Promise<DynamoDBBatchResponse>;

const BUS = 'changes';

let moto: MotoStack;
let eventBridge: EventBridgeClient;
let publish: Publish;
let busArn: string;

beforeAll(async () => {
  moto = await startMotoStack();
  eventBridge = new EventBridgeClient(moto.client);
  busArn = (await eventBridge.send(new CreateEventBusCommand({ Name: BUS }))).EventBusArn ?? '';
  publish = await loadBundle('ChangesPublish', {
    AWS_ENDPOINT_URL: moto.url,
    EVENT_BUS_NAME: BUS,
    UNPUBLISHED_QUEUE_URL: moto.outputs.DeadLetterQueueUrl,
  });
});

afterAll(() => moto.stop());

const aChange = (user: string, number: number): DynamoDBRecord => ({
  eventID: `event-${number}`,
  eventName: 'INSERT',
  dynamodb: {
    Keys: { pk: { S: `USER#${user}` }, sk: { S: 'LEVEL#plus' } },
    NewImage: {
      pk: { S: `USER#${user}` },
      sk: { S: 'LEVEL#plus' },
      user_id: { S: user },
      level: { S: 'plus' },
      status: { S: 'approved' },
      timestamp: { S: '2024-05-06T07:08:09Z' },
      as_of: { N: '1714979289000' },
    },
    SequenceNumber: String(number),
    ApproximateCreationDateTime: Date.now() / 1_000,
  },
});

describe("publish, on moto's EventBridge", () => {
  test('puts events on the bus, from which a listener gets them, and the listener removes its rule', async () => {
    const users = Array.from({ length: 12 }, (_, index) => `user-${index}`);
    const { QueueUrl: listenerQueueUrl = '' } = await moto.sqs.send(new CreateQueueCommand({ QueueName: 'listeners' }));
    const parts = { busName: BUS, busArn, listenerQueueUrl };
    {
      await using listener = await listen({ eventBridge, sqs: moto.sqs }, parts, { source: ['fractal-webhooks'] });
      // On a busy machine moto is slow, and calls time out: then the records are redelivered.
      await eventually(async () =>
        expect(await publish({ Records: users.map(aChange) }, aContext())).toEqual({ batchItemFailures: [] }),
      );
      const heard: BusEvent[] = [];
      await eventually(async () => {
        heard.push(...(await listener.next()));
        const about = heard.map(({ detail }) => v.parse(EVENT_DETAILS.verification_approved, detail).user_id);
        expect([...new Set(about)].sort()).toEqual(users.toSorted());
      });
    }
    const { Rules } = await eventBridge.send(new ListRulesCommand({ EventBusName: BUS }));
    expect(Rules).toEqual([]);
  });
});
