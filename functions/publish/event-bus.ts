import { DescribeEventBusCommand, type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Dependencies } from './publish.ts';

/** In milliseconds: how long a bus that exists is not looked for again. */
const EXISTS_FOR_MS = 10_000;

/**
 * Checks that the bus exists: PutEvents reports success for one that does not, and drops the events.
 * https://github.com/aws/aws-sdk/issues/186
 *
 * @throws ResourceNotFoundException if it does not
 */
export const createBusCheck = (client: EventBridgeClient, Name: string, now = Date.now): (() => Promise<void>) => {
  let seenAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (now() - seenAt <= EXISTS_FOR_MS) return;
    await client.send(new DescribeEventBusCommand({ Name }));
    seenAt = now();
  };
};

/** Puts events on the bus. PutEvents returns 200 even if entries failed, so each entry's result is checked (AWS). */
export const createEventBus = (client: EventBridgeClient, EventBusName: string, now = Date.now): Dependencies['put'] => {
  const exists = createBusCheck(client, EventBusName, now);
  return async (events) => {
    await exists();
    const Entries = events.map(({ source, detailType, detail }) => ({
      EventBusName,
      Source: source,
      DetailType: detailType,
      Detail: JSON.stringify(detail),
    }));
    const { Entries: answers = [] } = await client.send(new PutEventsCommand({ Entries }));
    return answers.map(({ EventId, ErrorCode, ErrorMessage }) =>
      EventId === undefined ? `${ErrorCode ?? 'no answer'}: ${ErrorMessage ?? ''}` : undefined,
    );
  };
};
