import { createSentCounts, putQueueMetrics, putTableMetrics } from './cloudwatch/aws-metrics.ts';
import { createCloudWatch } from './cloudwatch/cloudwatch.ts';
import type { Permissions } from './iam/permissions.ts';
import type { StackOptions } from './options.ts';
import type { Services } from './services.ts';
import { type Assembly, queueNamesIn } from './template/assembly.ts';

/** Creates CloudWatch with the metrics of queues and tables. Alarms notify if their topic's policy allows it. */
export const createMonitoring = (
  assembly: Assembly,
  { endpoint, sqs }: Services,
  permissions: Permissions,
  { onLine, onAlarm }: StackOptions,
  starting: AsyncDisposableStack,
) => {
  const sent = createSentCounts();
  const queueNames = queueNamesIn(assembly);
  const cloudwatch = createCloudWatch({
    sample: (put) => {
      for (const name of queueNames) putQueueMetrics(put, name, { ...sqs.depthOf(name), sent: sent.take(name) });
    },
    notify: (topicArn, alarm, state) => {
      const call = { action: 'sns:Publish', resource: topicArn };
      const refusal = permissions.refusalOfService('cloudwatch.amazonaws.com', call);
      if (refusal) onLine?.(refusal);
      else onAlarm?.(alarm, state);
      return refusal;
    },
  });
  starting.defer(cloudwatch.stop);
  endpoint.observers.push(sent.observe, (request, answer) => putTableMetrics(cloudwatch.put, request, answer));
  return cloudwatch;
};
