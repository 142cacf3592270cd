import type { Failure } from './targets.ts';

/**
 * The log groups for the errors of buses: an AWS::Logs::Delivery leads from a source, which names the bus, to a destination, which
 * names the log group.
 */
export const createFailureLog = () => {
  /** The ARN of the bus, by the name of the source. */
  const sources = new Map<string, string>();
  /** The name of the log group, by the ARN of the destination. */
  const destinations = new Map<string, string>();
  const deliveries: (readonly [source: string, destination: string])[] = [];
  return {
    sources,
    destinations,
    deliveries,
    groupsOf: (busArn: string): string[] =>
      deliveries.flatMap(([from, to]) => (sources.get(from) === busArn ? (destinations.get(to) ?? []) : [])),
  };
};

export type FailureLog = ReturnType<typeof createFailureLog>;

export const busOf = ({ ruleArn }: Failure): string => ruleArn.replace(/:rule\/(.+)\/[^/]+$/, ':event-bus/$1');

/** What EventBridge logs. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-logs-schema.html */
export const recordOf = (failure: Failure): string =>
  JSON.stringify({
    resource_arn: busOf(failure),
    event_id: failure.event.id,
    message_timestamp_ms: Date.now(),
    message_type: 'INVOCATION_FAILURE',
    log_level: 'ERROR',
    details: { rule_arn: failure.ruleArn, target_arn: failure.targetArn, total_attempts: 1 },
    error: { error_message: failure.problem },
  });
