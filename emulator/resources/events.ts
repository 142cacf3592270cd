import { ACCOUNT_ID, logGroupIn, physicalName, REGION } from '../aws/account.ts';
import type { EventBridge } from '../engines/eventbridge/eventbridge.ts';
import type { FailureLog } from '../engines/eventbridge/failure-log.ts';
import { readPattern } from '../engines/eventbridge/pattern.ts';
import type { Creator } from '../template/resolve.ts';

const arnOf = (resource: string): string => `arn:aws:events:${REGION}:${ACCOUNT_ID}:${resource}`;

const busIn = (reference: string): string => reference.split('/').at(-1) ?? '';

/**
 * Event buses, archives, rules, and the delivery of the errors that buses log.
 *
 * @param unscheduled parts of the logical ids of rules whose schedule is known not to run
 */
export const eventCreators = (
  { buses, archives, rules, failureLog }: EventBridge & { readonly failureLog: FailureLog },
  stackName: string,
  unscheduled: readonly string[] = [],
): Record<string, Creator> => ({
  'AWS::Events::EventBus': (_, { Name }) => {
    buses.add(Name);
    return { ref: Name, attributes: { Name, Arn: arnOf(`event-bus/${Name}`) } };
  },
  'AWS::Events::Archive': (id, { SourceArn, EventPattern }) => {
    const name = physicalName(stackName, id);
    const Arn = arnOf(`archive/${name}`);
    archives.set(Arn, { bus: busIn(SourceArn), matches: readPattern(EventPattern ?? {}) });
    return { ref: name, attributes: { Arn } };
  },
  'AWS::Events::Rule': (id, { EventBusName = 'default', EventPattern, Targets = [] }) => {
    const Name = physicalName(stackName, id);
    if (EventPattern === undefined) {
      if (!unscheduled.some((part) => id.includes(part)))
        throw new Error('it has no event pattern, and schedules are not supported');
      return { ref: Name, attributes: { Arn: arnOf(`rule/${Name}`) } };
    }
    const Arn = rules.put({ Name, EventBusName: busIn(EventBusName), EventPattern });
    rules.aim(Arn, Targets);
    return { ref: Name, attributes: { Arn } };
  },
  'AWS::Logs::DeliverySource': (_, { Name, ResourceArn, LogType }) => {
    if (LogType === 'ERROR_LOGS') failureLog.sources.set(Name, ResourceArn);
    return { ref: Name };
  },
  'AWS::Logs::DeliveryDestination': (_, { Name, DestinationResourceArn }) => {
    const Arn = `arn:aws:logs:${REGION}:${ACCOUNT_ID}:delivery-destination:${Name}`;
    failureLog.destinations.set(Arn, logGroupIn(DestinationResourceArn));
    return { ref: Name, attributes: { Arn } };
  },
  'AWS::Logs::Delivery': (id, { DeliverySourceName, DeliveryDestinationArn }) => {
    failureLog.deliveries.push([DeliverySourceName, DeliveryDestinationArn]);
    return { ref: id };
  },
});
