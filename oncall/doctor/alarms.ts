import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import type { Target } from '../target.ts';
import { type Finding, well, wrong } from './finding.ts';

// The subscription's ARN until its owner has followed the link in the mail.
const UNCONFIRMED = 'PendingConfirmation';

/** Whether the alarms that ring the stack's topic are switched on and quiet. */
export const checkAlarms = async ({ client, alarmTopicArn }: Target): Promise<Finding> => {
  const alarms = [];
  const pages = paginateDescribeAlarms({ client: new CloudWatchClient(client) }, { ActionPrefix: alarmTopicArn });
  for await (const { MetricAlarms = [] } of pages) alarms.push(...MetricAlarms);
  if (alarms.length === 0) return wrong('alarms', 'there are none', 'Deploy the stack again: npx cdk deploy');
  const muted = alarms.filter(({ ActionsEnabled }) => !ActionsEnabled).map(({ AlarmName = '' }) => AlarmName);
  if (muted.length > 0) {
    const names = muted.join(' ');
    return wrong(
      'alarms',
      `switched off: ${names}`,
      `Switch them on: aws cloudwatch enable-alarm-actions --alarm-names ${names}`,
    );
  }
  const ringing = alarms.filter(({ StateValue }) => StateValue === 'ALARM').map(({ AlarmName = '' }) => AlarmName);
  if (ringing.length > 0)
    return wrong('alarms', `ringing: ${ringing.join(', ')}`, 'See the section of each in oncall/RUNBOOK.md.');
  return well('alarms', `${alarms.length}, all quiet`);
};

/** Whether somebody is told when an alarm rings. */
export const checkListeners = async ({ client, alarmTopicArn }: Target): Promise<Finding> => {
  const arns: string[] = [];
  const pages = paginateListSubscriptionsByTopic({ client: new SNSClient(client) }, { TopicArn: alarmTopicArn });
  for await (const { Subscriptions = [] } of pages)
    arns.push(...Subscriptions.map(({ SubscriptionArn = '' }) => SubscriptionArn));
  const confirmed = arns.filter((arn) => arn !== UNCONFIRMED).length;
  if (confirmed > 0) return well('listeners', `${confirmed} told when an alarm rings`);
  return arns.length > 0
    ? wrong('listeners', 'nobody has confirmed that they want to be told', 'Follow the link in the mail that AWS has sent.')
    : wrong(
        'listeners',
        'nobody is told when an alarm rings',
        'Deploy with an address: npx cdk deploy -c alarmEmail=you@example.com',
      );
};
