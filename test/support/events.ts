import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { DeliveredEvent } from '../../emulator/engines/eventbridge/delivered-event.ts';
import { eventually } from './eventually.ts';
import { aVerification } from './notifications.ts';
import type { RunningStack } from './running-stack.ts';
import type { Json } from './templates.ts';

/** The events about a user, in the order of publication. */
export const eventsOf = async (stack: RunningStack, user: string): Promise<DeliveredEvent[]> =>
  (await stack.view<DeliveredEvent[]>('events')).filter(({ detail }) => (detail as Json).user_id === user);

/** The type and time of each event about a user. */
export const statesOf = async (stack: RunningStack, user: string): Promise<unknown[]> =>
  (await eventsOf(stack, user)).map(({ 'detail-type': type, detail }) => [type, (detail as Json).timestamp]);

/** Resolves when all earlier changes are published: waits for the event of a later change. */
export const untilPublished = async (stack: RunningStack): Promise<void> => {
  const user = randomUUID();
  await stack.deliver(aVerification({ user }));
  await eventually(async () => expect(await eventsOf(stack, user)).toHaveLength(1));
};
