import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Dependencies } from './publish.ts';

/** Puts events on the bus. PutEvents returns 200 even if entries failed, so each entry's result is checked (AWS). */
export const createEventBus = (client: EventBridgeClient, EventBusName: string): Dependencies['put'] => {
  return async (events) => {
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
