import { ACCOUNT_ID, REGION } from '../account.ts';
import { awsAnswer, awsError, type Service } from '../endpoint/request.ts';
import type { Creator } from '../template/resolve.ts';
import { type Alarm, type AlarmState, readAlarm, stateOf } from './alarm.ts';
import { type MetricFilter, readMetricFilter } from './metric-filter.ts';
import { createMetrics, type MetricName } from './metrics.ts';

const EVALUATE_EVERY_MS = 1_000;

export interface CloudWatchOptions {
  /** Puts the metrics that have to be asked for, such as a queue's depth; once before each evaluation. */
  sample(put: (metric: MetricName, value: number) => void): void;
  onAlarm(alarm: Alarm, state: AlarmState): void;
}

/** CloudWatch, as far as this project uses it: metrics, also those that are counted from logs, and alarms on them. */
export const createCloudWatch = ({ sample, onAlarm }: CloudWatchOptions) => {
  const metrics = createMetrics();
  const filters: MetricFilter[] = [];
  const alarms = new Map<string, { readonly alarm: Alarm; state: AlarmState; enabled: boolean }>();
  const put = (metric: MetricName, value: number): void => metrics.put(metric, value, Date.now());

  const evaluate = (): void => {
    sample(put);
    for (const entry of alarms.values()) {
      const state = stateOf(entry.alarm, metrics, Date.now());
      if (state !== entry.state && (state === 'ALARM' || entry.state === 'ALARM')) onAlarm(entry.alarm, state);
      entry.state = state;
    }
  };
  const timer = setInterval(evaluate, EVALUATE_EVERY_MS);

  const createAlarm: Creator = (_, properties) => {
    const alarm = readAlarm(properties);
    alarms.set(alarm.name, { alarm, state: 'INSUFFICIENT_DATA', enabled: properties.ActionsEnabled ?? true });
    return { ref: alarm.name, attributes: { Arn: arnOf(alarm) } };
  };

  const createMetricFilter: Creator = (id, properties) => {
    filters.push(readMetricFilter(properties));
    return { ref: id };
  };

  const serve: Service = async ({ action, body }) => {
    const input = JSON.parse(body.toString());
    switch (action) {
      case 'DescribeAlarms':
        return awsAnswer({ MetricAlarms: describe(input) });
      case 'DisableAlarmActions':
      case 'EnableAlarmActions':
        for (const name of input.AlarmNames) {
          const entry = alarms.get(name);
          if (entry) entry.enabled = action === 'EnableAlarmActions';
        }
        return awsAnswer({});
      default:
        return awsError(400, 'InvalidAction', `The local CloudWatch has no ${action}`);
    }
  };

  const describe = ({ ActionPrefix = '' }: { ActionPrefix?: string }) =>
    [...alarms.values()]
      .filter(({ alarm }) => alarm.actions.some((action) => action.startsWith(ActionPrefix)))
      .map(({ alarm, state, enabled }) => ({
        AlarmName: alarm.name,
        AlarmArn: arnOf(alarm),
        AlarmDescription: alarm.description,
        ActionsEnabled: enabled,
        AlarmActions: alarm.actions,
        Namespace: alarm.metric.namespace,
        MetricName: alarm.metric.name,
        Dimensions: Object.entries(alarm.metric.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
        StateValue: state,
      }));

  return {
    creators: { 'AWS::CloudWatch::Alarm': createAlarm, 'AWS::Logs::MetricFilter': createMetricFilter },
    serve,
    put,
    /** A line that a function wrote to its log group. */
    logged: (logGroup: string, line: string): void => {
      const parsed = parseJson(line);
      for (const filter of filters) {
        const value = filter.logGroup === logGroup ? filter.valueIn(parsed) : undefined;
        if (value !== undefined) put(filter.metric, value);
      }
    },
    /** Every metric that has a value. */
    names: metrics.names,
    states: () => Object.fromEntries([...alarms].map(([name, { state }]) => [name, state])),
    stop: () => clearInterval(timer),
  };
};

const arnOf = ({ name }: Alarm): string => `arn:aws:cloudwatch:${REGION}:${ACCOUNT_ID}:alarm:${name}`;

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
