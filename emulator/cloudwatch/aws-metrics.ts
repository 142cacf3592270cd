import type { AwsRequest, AwsResponse } from '../aws/request.ts';
import type { SqsEngine } from '../engines/sqs/fauxqs.ts';
import type { Exchange } from '../runtime/gateway.ts';
import type { MetricName } from './metrics.ts';

type Put = (metric: MetricName, value: number) => void;

// The metrics that AWS publishes for its services, with AWS's names and dimensions, as far as a dashboard or an alarm uses them.

/** Metrics that a dashboard can show on AWS, and that nothing measures here: this machine's times and units would mean nothing. */
export const UNMEASURED = [
  'Latency',
  'IntegrationLatency',
  'Duration',
  'ConsumedReadCapacityUnits',
  'ConsumedWriteCapacityUnits',
];

export const lambdaMetric = (name: string, FunctionName: string): MetricName => ({
  namespace: 'AWS/Lambda',
  name,
  dimensions: { FunctionName },
});

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
export const putApiMetrics = (put: Put, ApiId: string, { status }: Exchange): void => {
  const of = (name: string): MetricName => ({ namespace: 'AWS/ApiGateway', name, dimensions: { ApiId } });
  put(of('Count'), 1);
  put(of('4xx'), status >= 400 && status < 500 ? 1 : 0);
  put(of('5xx'), status >= 500 ? 1 : 0);
};

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
export const putQueueMetrics = (
  put: Put,
  QueueName: string,
  { visible, hidden, oldestMs, sent = 0 }: ReturnType<SqsEngine['depthOf']> & { readonly sent?: number },
): void => {
  const of = (name: string): MetricName => ({ namespace: 'AWS/SQS', name, dimensions: { QueueName } });
  put(of('ApproximateNumberOfMessagesVisible'), visible);
  put(of('ApproximateNumberOfMessagesNotVisible'), hidden);
  put(of('ApproximateAgeOfOldestMessage'), Math.round(oldestMs / 1_000));
  put(of('NumberOfMessagesSent'), sent);
};

/** Counts the messages sent to each queue. As in AWS, messages moved by a redrive policy do not count. */
export const createSentCounts = () => {
  const counts = new Map<string, number>();
  return {
    observe: ({ service, action, body }: AwsRequest, { status }: AwsResponse): void => {
      if (service !== 'sqs' || !action.startsWith('SendMessage') || status !== 200) return;
      const { QueueUrl = '', Entries = [action] } = JSON.parse(body.toString());
      const name = QueueUrl.split('/').at(-1);
      counts.set(name, (counts.get(name) ?? 0) + Entries.length);
    },
    /** The number of messages since the last call. */
    take: (queueName: string): number => {
      const count = counts.get(queueName) ?? 0;
      counts.delete(queueName);
      return count;
    },
  };
};

const THROTTLED = /ProvisionedThroughputExceededException|ThrottlingException|RequestLimitExceeded/;
const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems'];

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html */
export const putTableMetrics = (put: Put, { service, action, body }: AwsRequest, answer: AwsResponse): void => {
  if (service !== 'dynamodb' || !WRITES.includes(action)) return;
  const { TableName } = JSON.parse(body.toString());
  const of = (name: string, more = {}): MetricName => ({ namespace: 'AWS/DynamoDB', name, dimensions: { TableName, ...more } });
  // The engines name the error in the body only.
  const error = answer.headers?.['x-amzn-errortype'] ?? (answer.status === 400 ? String(answer.body) : '');
  if (answer.status === 200) put(of('SuccessfulRequestLatency', { Operation: action }), 1);
  else if (THROTTLED.test(error)) put(of('WriteThrottleEvents'), 1);
  else if (error.includes('ConditionalCheckFailedException')) put(of('ConditionalCheckFailedRequests'), 1);
};
