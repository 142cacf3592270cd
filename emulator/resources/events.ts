import { ACCOUNT_ID, physicalName, REGION } from '../aws/account.ts';
import type { EventBridge } from '../engines/eventbridge/eventbridge.ts';
import type { Creator } from '../template/resolve.ts';

const arnOf = (resource: string): string => `arn:aws:events:${REGION}:${ACCOUNT_ID}:${resource}`;

const busIn = (reference: string): string => reference.split('/').at(-1) ?? '';

/** Event buses, archives and rules. */
export const eventCreators = ({ buses, archives, rules }: EventBridge, stackName: string): Record<string, Creator> => ({
  'AWS::Events::EventBus': (_, { Name }) => {
    buses.add(Name);
    return { ref: Name, attributes: { Name, Arn: arnOf(`event-bus/${Name}`) } };
  },
  'AWS::Events::Archive': (id, { SourceArn, EventPattern }) => {
    const name = physicalName(stackName, id);
    const Arn = arnOf(`archive/${name}`);
    archives.set(Arn, { bus: busIn(SourceArn), pattern: EventPattern });
    return { ref: name, attributes: { Arn } };
  },
  'AWS::Events::Rule': (id, { EventBusName = 'default', EventPattern, Targets = [] }) => {
    if (EventPattern === undefined) throw new Error('it has no event pattern, and schedules are not supported');
    const Name = physicalName(stackName, id);
    const Arn = rules.put({ Name, EventBusName: busIn(EventBusName), EventPattern });
    rules.aim(Arn, Targets);
    return { ref: Name, attributes: { Arn } };
  },
});
