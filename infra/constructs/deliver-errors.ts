import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { CfnDelivery, CfnDeliveryDestination, CfnDeliverySource, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { withoutStreams } from './log-groups.ts';

/**
 * Delivers the errors that EventBridge logs about a bus to a log group. The level in the bus's `logConfig` alone delivers nothing.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-logs.html
 */
export const deliverErrors = (bus: EventBus, group: ILogGroup): void => {
  const name = nameOf(Stack.of(bus));
  const source = new CfnDeliverySource(bus, 'Errors', { name, resourceArn: bus.eventBusArn, logType: 'ERROR_LOGS' });
  const destination = new CfnDeliveryDestination(bus, 'ErrorsDestination', {
    name,
    destinationResourceArn: withoutStreams(group),
  });
  const delivery = new CfnDelivery(bus, 'ErrorsDelivery', {
    deliverySourceName: source.name,
    deliveryDestinationArn: destination.attrArn,
  });
  // The name of the source is no reference to it.
  delivery.node.addDependency(source);
};

/** At most 60 characters. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html */
const nameOf = ({ stackName }: Stack): string => {
  const hash = createHash('sha256').update(stackName).digest('hex').slice(0, 8);
  return `${stackName.length <= 48 ? stackName : `${stackName.slice(0, 39)}-${hash}`}-undelivered`;
};
