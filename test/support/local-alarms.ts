import { createCloudWatch } from '../../local/cloudwatch/cloudwatch.ts';

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
    serve: cloudwatch.serve,
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
