import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Dependencies } from './publish.ts';

/** The bus that events are put on. It says of each entry whether it was taken, with status 200 whatever became of them (AWS). */
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
