import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import type { Target } from '../target.ts';

const HOUR_S = 3_600;

/** What wrong signatures mean: whether notifications were accepted meanwhile tells a token that has changed from somebody who guesses. */
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
    ? `Within the hour ${accepted} others were accepted: one type's token is missing, or somebody guesses.`
    : 'Within the hour none was accepted: the token at Fractal is not in the secret.';
};
