import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { ChangeEvent } from '../../functions/core/event.ts';
import { createBusCheck, createEventBus } from '../../functions/publish/event-bus.ts';
import { CannotRunError } from '../failure.ts';
import type { EventParts, Target } from '../target.ts';
import type { BusEvent } from './bus-event.ts';
import { type Listener, listen } from './listen.ts';

/** The parts of a stack that publish events. @throws CannotRunError if `changeEvents` is off */
export const eventParts = ({ events, remedy }: Target): EventParts => {
  if (!events) throw new CannotRunError(`This stack publishes no events. ${remedy('Set changeEvents to true')}`);
  return events;
};

/** The event bus of a stack. */
export const createBus = (target: Target) => {
  const parts = eventParts(target);
  const { busName } = parts;
  const eventBridge = new EventBridgeClient(target.client);
  const put = createEventBus(eventBridge, busName);
  const exists = createBusCheck(eventBridge, busName);
  return {
    eventBridge,
    listen: (pattern: object): Promise<Listener> => listen({ eventBridge, sqs: new SQSClient(target.client) }, parts, pattern),
    /** @throws Error if EventBridge rejects the event */
    publish: async (event: ChangeEvent): Promise<void> => {
      const [refusal] = await put([event]);
      if (refusal !== undefined) throw new Error(`EventBridge rejected the event: ${refusal}`);
    },
    /** Puts an event on the bus again, unchanged. @throws Error if EventBridge rejects it */
    publishAgain: async (event: BusEvent): Promise<void> => {
      await exists();
      const entry = { Source: event.source, DetailType: event['detail-type'], Detail: JSON.stringify(event.detail) };
      const { Entries: [answer] = [] } = await eventBridge.send(
        new PutEventsCommand({ Entries: [{ ...entry, EventBusName: busName }] }),
      );
      if (answer?.EventId === undefined) throw new Error(`EventBridge rejected the event: ${answer?.ErrorCode}`);
    },
  };
};
