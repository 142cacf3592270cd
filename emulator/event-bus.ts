import { createEventBridge } from './engines/eventbridge/eventbridge.ts';
import { busOf, createFailureLog, recordOf } from './engines/eventbridge/failure-log.ts';
import { createEventTargets } from './engines/eventbridge/targets.ts';
import type { Permissions } from './iam/permissions.ts';
import type { StackOptions } from './options.ts';
import type { LocalFunction } from './runtime/local-function.ts';
import type { Services } from './services.ts';
import { type Assembly, queueNamesIn } from './template/assembly.ts';

/**
 * Creates EventBridge, which delivers to queues whose policies allow it, and to functions.
 *
 * @param logged takes a line of a log group
 */
export const createEventBus = (
  assembly: Assembly,
  { endpoint, sqs }: Services,
  permissions: Permissions,
  functions: readonly LocalFunction[],
  { onEvent, onLine }: StackOptions,
  logged: (logGroup: string, line: string) => void,
) => {
  const queueNames = queueNamesIn(assembly);
  const failureLog = createFailureLog();
  const bridge = createEventBridge({
    refusesEntry: endpoint.refusesEntry,
    onEvent: (event) => onEvent?.(event),
    send: createEventTargets({
      sqs: sqs.serve,
      endpointUrl: endpoint.url,
      functions,
      // Only queues of the template have policies here.
      refusalOf: (call) =>
        queueNames.includes(call.resource.split(':').at(-1) ?? '')
          ? permissions.refusalOfService('events.amazonaws.com', call)
          : undefined,
      onLine: (line) => onLine?.(line),
      onFailure: (failure) => {
        const { event, targetArn, problem } = failure;
        onLine?.(`The event ${event.id} was not delivered to ${targetArn}: ${problem}`);
        for (const group of failureLog.groupsOf(busOf(failure))) logged(group, recordOf(failure));
      },
    }),
  });
  return { ...bridge, failureLog };
};
