import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { awsAnswer, awsError } from '../../../emulator/aws/request.ts';
import { type Endpoint, startEndpoint } from '../../../emulator/endpoint/endpoint.ts';
import { createEventBridge } from '../../../emulator/engines/eventbridge/eventbridge.ts';
import type { ChangeEvent } from '../../../functions/core/event.ts';
import { createEventBus } from '../../../functions/publish/event-bus.ts';
import { localClient } from '../../support/local-client.ts';

const EVENT = {
  source: 'fractal-webhooks',
  detailType: 'email_changed',
  detail: { version: 1, id: 'e1', user_id: 'u', as_of: 7, previous: null },
} satisfies ChangeEvent;

let endpoint: Endpoint;
const putOnBus = (events: ChangeEvent[]) => createEventBus(new EventBridgeClient(localClient(endpoint.url)), 'bus')(events);

beforeAll(async () => {
  endpoint = await startEndpoint();
});

afterAll(() => endpoint.stop());

/** Puts events on a bus that gives this answer. The local event bus rejects entries at random. */
const putting = async (answer: object, ...events: ChangeEvent[]) => {
  let sent: unknown;
  endpoint.services.set('events', async ({ action, body }) => {
    if (action === 'PutEvents') sent = JSON.parse(body.toString());
    return awsAnswer(answer);
  });
  return { refusals: await putOnBus(events), sent };
};

describe('putting events on the bus', () => {
  test('sends source, type and detail, and accepts an event that has an id', async () => {
    const { refusals, sent } = await putting({ FailedEntryCount: 0, Entries: [{ EventId: 'x' }] }, EVENT);
    expect(sent).toEqual({
      Entries: [
        {
          EventBusName: 'bus',
          Source: 'fractal-webhooks',
          DetailType: 'email_changed',
          Detail: '{"version":1,"id":"e1","user_id":"u","as_of":7,"previous":null}',
        },
      ],
    });
    expect(refusals).toEqual([undefined]);
  });

  test('returns the error of each event without an id', async () => {
    const Entries = [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }, { EventId: 'x' }, {}];
    expect((await putting({ FailedEntryCount: 2, Entries }, EVENT, EVENT, EVENT)).refusals).toEqual([
      'ThrottlingException: slow down',
      undefined,
      'no answer: ',
    ]);
  });

  test('returns no results if the answer has none', async () => {
    expect((await putting({}, EVENT)).refusals).toEqual([]);
  });

  test('throws if the call fails', async () => {
    endpoint.services.set('events', async () => awsError(400, 'ResourceNotFoundException', 'no bus'));
    await expect(putOnBus([EVENT])).rejects.toThrow('no bus');
  });

  test('looks whether the bus exists first, and again after ten seconds: AWS reports success for one that does not', async () => {
    const { buses, serve } = createEventBridge({ refusesEntry: () => false, onEvent: () => {}, send: async () => {} });
    endpoint.services.set('events', serve);
    let now = 0;
    const put = createEventBus(new EventBridgeClient(localClient(endpoint.url)), 'bus', () => now);
    await expect(put([EVENT])).rejects.toThrow('Event bus bus does not exist.');
    buses.add('bus');
    expect(await put([EVENT])).toEqual([undefined]);
    buses.delete('bus');
    now = 10_000;
    expect(await put([EVENT])).toEqual([undefined]);
    now = 10_001;
    await expect(put([EVENT])).rejects.toThrow('Event bus bus does not exist.');
  });
});
