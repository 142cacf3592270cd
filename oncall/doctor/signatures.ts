import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import type { Target } from '../target.ts';

const HOUR_S = 3_600;

/** The likely cause of invalid signatures, by whether other notifications were accepted within the last hour. */
export const verdictOnSignatures = async ({ client, queueUrl }: Target): Promise<string> => {
  const now = Date.now();
  const { Datapoints = [] } = await new CloudWatchClient(client).send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/SQS',
      MetricName: 'NumberOfMessagesSent',
      Dimensions: [{ Name: 'QueueName', Value: queueUrl.split('/').at(-1) }],
      StartTime: new Date(now - HOUR_S * 1_000),
      EndTime: new Date(now),
      Period: HOUR_S,
      Statistics: ['Sum'],
    }),
  );
  const accepted = Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
  return accepted > 0
    ? `In the last hour, ${accepted} others were accepted: the token of one type is missing, or somebody is guessing.`
    : 'In the last hour, none was accepted: the secret lacks the token that Fractal uses.';
};
