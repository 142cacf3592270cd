import {
  CloudWatchClient,
  type MetricAlarm,
  paginateDescribeAlarmHistory,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { count } from '../../functions/core/count.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { shellWord } from '../shell-word.ts';
import type { Target } from '../target.ts';
import { type Finding, well, wrong } from './finding.ts';
import { verdictOnSignatures } from './signatures.ts';

/** The alarms that notify the stack's topic. */
export const alarmsOf = async ({ client, alarmTopicArn }: Target): Promise<MetricAlarm[]> => {
  const alarms: MetricAlarm[] = [];
  const pages = paginateDescribeAlarms({ client: new CloudWatchClient(client) }, { ActionPrefix: alarmTopicArn });
  for await (const { MetricAlarms = [] } of pages) alarms.push(...MetricAlarms);
  return alarms;
};

/** Whether the alarms have their actions enabled, and are not in ALARM; one finding per alarm in ALARM. @param before when `doctor` began to send, in epoch milliseconds */
export async function* checkAlarms(target: Target, before: number): AsyncGenerator<Finding> {
  const alarms = await alarmsOf(target);
  // Stryker disable next-line StringLiteral: every alarm has a name.
  const muted = alarms.filter(({ ActionsEnabled }) => !ActionsEnabled).map(({ AlarmName = '' }) => AlarmName);
  const triggered = alarms.filter(({ StateValue }) => StateValue === 'ALARM');
  if (alarms.length === 0) yield wrong('alarms', 'this stack has no alarms', target.deployAgain);
  if (muted.length > 0) {
    const names = muted.map(shellWord).join(' ');
    const enable = `aws cloudwatch enable-alarm-actions --alarm-names ${names}${target.awsOptions}`;
    yield wrong('alarms', `actions disabled: ${muted.join(', ')}`, `Enable them: ${enable}`);
  }
  for (const alarm of triggered) yield await inAlarm(target, alarm, before);
  if (alarms.length > 0 && muted.length + triggered.length === 0) yield well('alarms', `${alarms.length}, none in ALARM`);
}

const inAlarm = async (target: Target, alarm: MetricAlarm, before: number) => {
  // Stryker disable next-line StringLiteral: every alarm has a name and a namespace, and no description is no link to a runbook.
  const { AlarmName = '', AlarmDescription = '', StateTransitionedTimestamp, Namespace = '' } = alarm;
  // Stryker disable next-line ArrayDeclaration: the first element is not read.
  const [, runbook, section] = /Runbook: ([^#\s]*)#([\w-]+)$/.exec(AlarmDescription) ?? [];
  const since = StateTransitionedTimestamp
    ? ` since ${formatInstant(Math.floor(StateTransitionedTimestamp.getTime() / 1_000) * 1_000)}`
    : '';
  if (section === undefined) {
    const describe = `aws cloudwatch describe-alarms --alarm-names ${shellWord(AlarmName)}${target.awsOptions}`;
    return wrong('alarms', `${AlarmName} is in ALARM${since}`, `The runbook does not cover it. See its description: ${describe}`);
  }
  const verdict = section === 'wrong-signatures' ? ` ${await verdictOnSignatures(target, Namespace, before - target.lagMs)}` : '';
  return wrong('alarms', `${AlarmName} is in ALARM${since}`, `See ${section} in ${runbook}.${verdict}`);
};

/** Whether the topic of the alarms has a confirmed subscription. */
export const checkListeners = async ({ client, alarmTopicArn, remedy }: Target): Promise<Finding> => {
  const arns: string[] = [];
  const pages = paginateListSubscriptionsByTopic({ client: new SNSClient(client) }, { TopicArn: alarmTopicArn });
  // Stryker disable next-line StringLiteral: every subscription has an ARN, or a word instead.
  for await (const { Subscriptions = [] } of pages) {
    // Stryker disable next-line StringLiteral: every subscription has an ARN, or a word instead.
    arns.push(...Subscriptions.map(({ SubscriptionArn = '' }) => SubscriptionArn));
  }
  const confirmed = arns.filter((arn) => arn.startsWith('arn:')).length;
  if (confirmed > 0) return well('listeners', `${confirmed} notified when an alarm triggers`);
  return arns.length > 0
    ? wrong('listeners', 'no subscription to the alarms is confirmed', 'Follow the link in the e-mail from AWS.')
    : wrong('listeners', 'nobody is notified when an alarm triggers', remedy('Set alarmEmail'));
};

/** Whether the alarms reach their topic. Only an alarm's history shows an action that CloudWatch could not execute. */
export const checkDelivery = async ({ client, alarmTopicArn, deployAgain }: Target): Promise<Finding> => {
  const last = new Map<string, string>();
  const pages = paginateDescribeAlarmHistory(
    { client: new CloudWatchClient(client) },
    { HistoryItemType: 'Action', ScanBy: 'TimestampDescending' },
  );
  // Stryker disable next-line ArrayDeclaration: what is no item does not name the topic.
  for await (const { AlarmHistoryItems = [] } of pages) {
    // Stryker disable next-line StringLiteral: every item has a name, and no summary does not name the topic.
    for (const { AlarmName = '', HistorySummary = '' } of AlarmHistoryItems) {
      if (HistorySummary.includes(alarmTopicArn) && !last.has(AlarmName)) last.set(AlarmName, HistorySummary);
    }
  }
  const failed = [...last].filter(([, summary]) => summary.startsWith('Failed')).map(([name]) => name);
  if (failed.length > 0) {
    return wrong(
      'delivery',
      `CloudWatch could not notify the topic for ${failed.join(', ')}`,
      `The policy of the topic, or of its key, denies it. ${deployAgain}`,
    );
  }
  return last.size > 0
    ? well('delivery', `${count(last.size, 'alarm has', 'alarms have')} notified the topic`)
    : well('delivery', 'no alarm has triggered yet; --test-alarm tests one');
};
