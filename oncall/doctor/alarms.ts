import {
  CloudWatchClient,
  type MetricAlarm,
  paginateDescribeAlarmHistory,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { formatInstant } from '../../functions/core/instant.ts';
import type { Target } from '../target.ts';
import { type Finding, well, wrong } from './finding.ts';
import { verdictOnSignatures } from './signatures.ts';

// The subscription's ARN until its owner has followed the link in the mail.
const UNCONFIRMED = 'PendingConfirmation';

/** The alarms that notify the stack's topic. */
export const alarmsOf = async ({ client, alarmTopicArn }: Target): Promise<MetricAlarm[]> => {
  const alarms: MetricAlarm[] = [];
  const pages = paginateDescribeAlarms({ client: new CloudWatchClient(client) }, { ActionPrefix: alarmTopicArn });
  for await (const { MetricAlarms = [] } of pages) alarms.push(...MetricAlarms);
  return alarms;
};

/** Whether the alarms are switched on and quiet; a finding for each that rings. */
export async function* checkAlarms(target: Target): AsyncGenerator<Finding> {
  const alarms = await alarmsOf(target);
  const muted = alarms.filter(({ ActionsEnabled }) => !ActionsEnabled).map(({ AlarmName = '' }) => AlarmName);
  const ringing = alarms.filter(({ StateValue }) => StateValue === 'ALARM');
  if (alarms.length === 0) yield wrong('alarms', 'there are none', target.deployAgain);
  if (muted.length > 0) {
    const names = muted.join(' ');
    const enable = `aws cloudwatch enable-alarm-actions --alarm-names ${names}${target.awsOptions}`;
    yield wrong('alarms', `switched off: ${names}`, `Switch them on: ${enable}`);
  }
  for (const alarm of ringing) yield await ringingNow(target, alarm);
  if (alarms.length > 0 && muted.length + ringing.length === 0) yield well('alarms', `${alarms.length}, all quiet`);
}

const ringingNow = async (target: Target, { AlarmName = '', AlarmDescription = '', StateTransitionedTimestamp }: MetricAlarm) => {
  const [, runbook = 'oncall/RUNBOOK.md', section = ''] = /Runbook: ([^#\s]*)#([\w-]+)$/.exec(AlarmDescription) ?? [];
  const since = StateTransitionedTimestamp
    ? ` since ${formatInstant(Math.floor(StateTransitionedTimestamp.getTime() / 1_000) * 1_000)}`
    : '';
  const verdict = section === 'wrong-signatures' ? ` ${await verdictOnSignatures(target)}` : '';
  return wrong('alarms', `${AlarmName} rings${since}`, `See ${section} in ${runbook}.${verdict}`);
};

/** Whether somebody is told when an alarm rings. */
export const checkListeners = async ({ client, alarmTopicArn, remedy }: Target): Promise<Finding> => {
  const arns: string[] = [];
  const pages = paginateListSubscriptionsByTopic({ client: new SNSClient(client) }, { TopicArn: alarmTopicArn });
  for await (const { Subscriptions = [] } of pages)
    arns.push(...Subscriptions.map(({ SubscriptionArn = '' }) => SubscriptionArn));
  const confirmed = arns.filter((arn) => arn !== UNCONFIRMED).length;
  if (confirmed > 0) return well('listeners', `${confirmed} told when an alarm rings`);
  return arns.length > 0
    ? wrong('listeners', 'nobody has confirmed that they want to be told', 'Follow the link in the mail that AWS has sent.')
    : wrong('listeners', 'nobody is told when an alarm rings', remedy('Set alarmEmail'));
};

/** Whether the alarms reach their topic: the last action of each that CloudWatch could not execute stands in its history only. */
export const checkDelivery = async ({ client, alarmTopicArn, deployAgain }: Target): Promise<Finding> => {
  const last = new Map<string, string>();
  const pages = paginateDescribeAlarmHistory(
    { client: new CloudWatchClient(client) },
    { HistoryItemType: 'Action', ScanBy: 'TimestampDescending' },
  );
  for await (const { AlarmHistoryItems = [] } of pages) {
    for (const { AlarmName = '', HistorySummary = '' } of AlarmHistoryItems) {
      if (HistorySummary.includes(alarmTopicArn) && !last.has(AlarmName)) last.set(AlarmName, HistorySummary);
    }
  }
  const failed = [...last].filter(([, summary]) => summary.startsWith('Failed')).map(([name]) => name);
  if (failed.length > 0) {
    return wrong(
      'delivery',
      `CloudWatch could not notify the topic for ${failed.join(', ')}`,
      `Its policy, or its key's, does not let it. ${deployAgain}`,
    );
  }
  return last.size > 0
    ? well('delivery', `${last.size} alarms have notified the topic`)
    : well('delivery', 'no alarm has rung yet; --ring tries one');
};
