import { ACCOUNT_ID, REGION } from '../aws/account.ts';
import { awsAnswer, awsError, type Service } from '../aws/request.ts';
import type { Creator } from '../template/resolve.ts';
import { type Alarm, type AlarmState, evaluateAlarm, readAlarm } from './alarm.ts';
import type { MetricName, Metrics } from './metrics.ts';

/** Notifies a topic. @returns the refusal if the topic's policy does not permit it */
export type Notify = (topicArn: string, alarm: Alarm, state: AlarmState) => string | undefined;

interface Entry {
  readonly alarm: Alarm;
  state: AlarmState;
  reason: string;
  /** Epoch milliseconds. */
  since: number;
  enabled: boolean;
}

const REMEMBERED = 1_000;

/** The alarms of the template, with their states, actions and history. */
export const createAlarms = (metrics: Metrics, notify: Notify) => {
  const started = Date.now();
  const alarms = new Map<string, Entry>();
  const history: Readonly<Record<string, unknown>>[] = [];

  const remember = (AlarmName: string, HistoryItemType: string, HistorySummary: string, data: unknown = {}): void => {
    history.push({
      AlarmName,
      AlarmType: 'MetricAlarm',
      Timestamp: Date.now() / 1_000,
      HistoryItemType,
      HistorySummary,
      HistoryData: JSON.stringify(data),
    });
    if (history.length > REMEMBERED) history.shift();
  };

  const change = (entry: Entry, state: AlarmState, reason: string): void => {
    const { alarm, enabled } = entry;
    if (state === entry.state) return;
    remember(alarm.name, 'StateUpdate', `Alarm updated from ${entry.state} to ${state}`);
    const began = entry.state === 'INSUFFICIENT_DATA' && state === 'OK';
    Object.assign(entry, { state, reason, since: Date.now() });
    if (!enabled || began) return;
    for (const topicArn of alarm.actions[state] ?? []) {
      const error = notify(topicArn, alarm, state);
      if (error) remember(alarm.name, 'Action', `Failed to execute action ${topicArn}`, { actionState: 'Failed', error });
      else remember(alarm.name, 'Action', `Successfully executed action ${topicArn}`, { actionState: 'Succeeded' });
    }
  };

  const create: Creator = (id, properties) => {
    const alarm = readAlarm(id, properties);
    const enabled = properties.ActionsEnabled ?? true;
    alarms.set(alarm.name, { alarm, state: 'INSUFFICIENT_DATA', reason: '', since: started, enabled });
    return { ref: alarm.name, attributes: { Arn: arnOf(alarm) } };
  };

  const serve: Service = async ({ action, body }) => {
    const input = JSON.parse(body.toString());
    switch (action) {
      case 'DescribeAlarms':
        return awsAnswer({ MetricAlarms: [...alarms.values()].filter(({ alarm }) => isWanted(alarm, input)).map(describe) });
      case 'DescribeAlarmHistory':
        return awsAnswer({ AlarmHistoryItems: history.filter((item) => isWantedItem(item, input)).toReversed() });
      case 'SetAlarmState': {
        const entry = alarms.get(input.AlarmName);
        if (!entry) return awsError(404, 'ResourceNotFound', `The alarm ${input.AlarmName} does not exist`);
        change(entry, input.StateValue, input.StateReason);
        return awsAnswer({});
      }
      case 'DisableAlarmActions':
      case 'EnableAlarmActions':
        for (const name of input.AlarmNames) {
          const entry = alarms.get(name);
          if (entry) entry.enabled = action === 'EnableAlarmActions';
        }
        return awsAnswer({});
      default:
        return awsError(400, 'InvalidAction', `The local CloudWatch does not support ${action}`);
    }
  };

  return {
    create,
    serve,
    evaluate: (): void => {
      const now = Date.now();
      for (const entry of alarms.values()) {
        change(entry, evaluateAlarm(entry.alarm, metrics, now, entry.state, started), 'Threshold Crossed');
      }
    },
    states: () => Object.fromEntries([...alarms].map(([name, { state }]) => [name, state])),
  };
};

const arnOf = ({ name }: Alarm): string => `arn:aws:cloudwatch:${REGION}:${ACCOUNT_ID}:alarm:${name}`;

const isWanted = (
  { name, actions }: Alarm,
  { ActionPrefix = '', AlarmNames }: { ActionPrefix?: string; AlarmNames?: string[] },
) =>
  (AlarmNames === undefined || AlarmNames.includes(name)) &&
  Object.values(actions).some((topics) => topics?.some((topic) => topic.startsWith(ActionPrefix)));

const isWantedItem = (
  { AlarmName, HistoryItemType, Timestamp }: Readonly<Record<string, unknown>>,
  wanted: { AlarmName?: string; HistoryItemType?: string; StartDate?: number },
): boolean =>
  (wanted.AlarmName === undefined || AlarmName === wanted.AlarmName) &&
  (wanted.HistoryItemType === undefined || HistoryItemType === wanted.HistoryItemType) &&
  Number(Timestamp) >= (wanted.StartDate ?? 0);

const describe = ({ alarm, state, reason, since, enabled }: Entry) => ({
  AlarmName: alarm.name,
  AlarmArn: arnOf(alarm),
  AlarmDescription: alarm.description,
  ActionsEnabled: enabled,
  AlarmActions: alarm.actions.ALARM,
  OKActions: alarm.actions.OK,
  ...(alarm.metrics.length === 1
    ? asMetric(alarm.metrics[0] as MetricName)
    : { Metrics: alarm.metrics.map((metric, index) => ({ Id: `m${index}`, MetricStat: { Metric: asMetric(metric) } })) }),
  StateValue: state,
  StateReason: reason,
  StateUpdatedTimestamp: since / 1_000,
  StateTransitionedTimestamp: since / 1_000,
});

const asMetric = ({ namespace, name, dimensions = {} }: MetricName) => ({
  Namespace: namespace,
  MetricName: name,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});
