import { CloudWatchClient, type MetricAlarm, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { formatInstant } from '../../functions/core/instant.ts';
import { count } from '../../functions/words/count.ts';
import { shellWord } from '../shell-word.ts';
import type { Target } from '../target.ts';
import { checkComparison } from './comparison.ts';
import { type Finding, ok, wrong } from './finding.ts';
import { lastAction } from './last-action.ts';
import { checkSignatures } from './signatures.ts';

/** The alarms that notify the stack's topic. */
export const alarmsOf = async ({ client, alarmTopicArn }: Target): Promise<MetricAlarm[]> => {
  const alarms: MetricAlarm[] = [];
  const pages = paginateDescribeAlarms({ client: new CloudWatchClient(client) }, { ActionPrefix: alarmTopicArn });
  for await (const { MetricAlarms = [] } of pages) alarms.push(...MetricAlarms);
  return alarms;
};

export interface Times {
  /** When `doctor` began to send, in epoch milliseconds. */
  readonly began: number;
  /** When the secret got its value, in epoch milliseconds; `undefined` if not known. */
  readonly secretSince: number | undefined;
}

/** Whether the alarms have their actions enabled, and are not in ALARM; one finding per alarm in ALARM; and why signatures were invalid. */
export async function* checkAlarms(target: Target, { began, secretSince }: Times): AsyncGenerator<Finding> {
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
  for (const alarm of triggered) yield inAlarm(target, alarm);
  if (alarms.length > 0 && muted.length + triggered.length === 0) yield ok('alarms', `${alarms.length}, none in ALARM`);
  const ofSignatures = alarms.find((alarm) => runbookOf(alarm).section === 'wrong-signatures');
  if (ofSignatures) {
    // Stryker disable next-line StringLiteral: the alarm has a namespace.
    const { Namespace: namespace = '', StateValue } = ofSignatures;
    const isTriggered = StateValue === 'ALARM';
    yield await checkSignatures(target, { namespace, isTriggered, until: began - target.lagMs, secretSince });
  }
  const ofComparison = alarms.find((alarm) => runbookOf(alarm).section === 'differs-from-fractal');
  if (ofComparison?.Namespace !== undefined) yield await checkComparison(target, ofComparison.Namespace);
}

const runbookOf = ({ AlarmDescription = '' }: MetricAlarm) => {
  // Stryker disable next-line ArrayDeclaration: the first element is not read.
  const [, runbook, section] = /Runbook: ([^#\s]*)#([\w-]+)$/.exec(AlarmDescription) ?? [];
  return { runbook, section };
};

const inAlarm = (target: Target, alarm: MetricAlarm): Finding => {
  // Stryker disable next-line StringLiteral: every alarm has a name.
  const { AlarmName = '', StateTransitionedTimestamp } = alarm;
  const { runbook, section } = runbookOf(alarm);
  const since = StateTransitionedTimestamp
    ? ` since ${formatInstant(Math.floor(StateTransitionedTimestamp.getTime() / 1_000) * 1_000)}`
    : '';
  if (section === undefined) {
    const describe = `aws cloudwatch describe-alarms --alarm-names ${shellWord(AlarmName)}${target.awsOptions}`;
    return wrong('alarms', `${AlarmName} is in ALARM${since}`, `The runbook does not cover it. See its description: ${describe}`);
  }
  return wrong('alarms', `${AlarmName} is in ALARM${since}`, `See ${section} in ${runbook}.`);
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
  if (confirmed > 0) return ok('listeners', `${confirmed} notified when an alarm triggers`);
  return arns.length > 0
    ? wrong('listeners', 'no subscription to the alarms is confirmed', 'Follow the link in the e-mail from AWS.')
    : wrong('listeners', 'nobody is notified when an alarm triggers', remedy('Set alarmEmail'));
};

/** Whether the stack's alarms reach their topic. */
export const checkDelivery = async (target: Target): Promise<Finding> => {
  const cloudwatch = new CloudWatchClient(target.client);
  const actions: { readonly name: string; readonly summary: string }[] = [];
  // One after another: CloudWatch allows 20 of these calls a second in an account.
  // Stryker disable next-line StringLiteral: every alarm has a name.
  for (const { AlarmName: name = '' } of await alarmsOf(target)) {
    const action = await lastAction(cloudwatch, target, name);
    if (action) actions.push({ name, summary: action.summary });
  }
  const failed = actions.filter(({ summary }) => summary.startsWith('Failed')).map(({ name }) => name);
  if (failed.length > 0) {
    return wrong(
      'delivery',
      `CloudWatch could not notify the topic for ${failed.join(', ')}`,
      `The policy of the topic, or of its key, denies it. ${target.deployAgain}`,
    );
  }
  return actions.length > 0
    ? ok('delivery', `${count(actions.length, 'alarm has', 'alarms have')} notified the topic`)
    : ok('delivery', 'no alarm has triggered yet; --test-alarm tests one');
};
