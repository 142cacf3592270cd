import { awsAnswer, awsError, type Service } from '../../emulator/aws/request.ts';
import { createCloudWatch } from '../../emulator/cloudwatch/cloudwatch.ts';
import { parseJson } from '../../functions/core/json.ts';

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
const ALLOWED: Readonly<Record<string, readonly unknown[]>> = {
  ScanBy: [undefined, 'TimestampDescending', 'TimestampAscending'],
  HistoryItemType: [undefined, 'ConfigurationUpdate', 'StateUpdate', 'Action'],
};

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
const QUERY_ID = /^[a-z]\w*$/;

// AWS does not promise an order to those who ask for none: here it is the one that they do not expect.
const inOrder =
  (serve: Service): Service =>
  async (request) => {
    const input = Object(parseJson(request.body.toString()));
    const wrong = Object.keys(ALLOWED).find((name) => !ALLOWED[name]?.includes(input[name]));
    const { MetricDataQueries = [] } = input;
    if (!MetricDataQueries.every(({ Id }: { readonly Id: string }) => QUERY_ID.test(Id))) {
      return awsError(400, 'ValidationError', 'Id is invalid.');
    }
    if (wrong) return awsError(400, 'ValidationError', `${wrong} is invalid.`);
    const answer = await serve(request);
    if (input.ScanBy === 'TimestampDescending') return answer;
    const { AlarmHistoryItems = [], MetricDataResults = [], ...rest } = Object(parseJson(answer.body.toString()));
    return awsAnswer({
      ...rest,
      AlarmHistoryItems: AlarmHistoryItems.toReversed(),
      MetricDataResults: MetricDataResults.map((result: { readonly Values: readonly number[] }) => ({
        ...result,
        Values: result.Values.toReversed(),
      })),
    });
  };

/** CloudWatch with the alarms that a test creates. */
export const createAlarmed = (topicArn: string) => {
  const state: { refusal: string | undefined } = { refusal: undefined };
  const cloudwatch = createCloudWatch({ sample: () => {}, notify: () => state.refusal });
  const call = async (action: string, input: object): Promise<void> => {
    await cloudwatch.serve({
      accessKeyId: '',
      service: 'cloudwatch',
      action,
      headers: {},
      body: Buffer.from(JSON.stringify(input)),
    });
  };
  return {
    serve: inOrder(cloudwatch.serve),
    put: cloudwatch.put,
    /** Why the topic refuses notifications, if it does. */
    state,
    create: (AlarmName: string, properties: object = {}): void => {
      cloudwatch.creators['AWS::CloudWatch::Alarm'](AlarmName, {
        AlarmName,
        AlarmActions: [topicArn],
        Namespace: 'S',
        MetricName: 'Any',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
        ...properties,
      });
    },
    trigger: (AlarmName: string) => call('SetAlarmState', { AlarmName, StateValue: 'ALARM', StateReason: '' }),
    end: (AlarmName: string) => call('SetAlarmState', { AlarmName, StateValue: 'OK', StateReason: '' }),
    mute: (AlarmNames: readonly string[]) => call('DisableAlarmActions', { AlarmNames }),
  };
};
