import { type CloudWatchClient, DescribeAlarmHistoryCommand } from '@aws-sdk/client-cloudwatch';
import type { Target } from '../target.ts';

/**
 * The last time that an alarm notified the topic, or could not, by the time of the service, because the clock of this machine may be
 * off. Only an alarm's history shows an action that CloudWatch could not execute.
 */
export const lastAction = async (cloudwatch: CloudWatchClient, { alarmTopicArn }: Target, AlarmName: string | undefined) => {
  // Stryker disable next-line ArrayDeclaration: what is no item does not name the topic.
  const { AlarmHistoryItems = [] } = await cloudwatch.send(
    new DescribeAlarmHistoryCommand({ AlarmName, HistoryItemType: 'Action', ScanBy: 'TimestampDescending' }),
  );
  // Stryker disable next-line StringLiteral: no summary does not name the topic.
  const [last] = AlarmHistoryItems.flatMap(({ Timestamp, HistorySummary: summary = '' }) =>
    // Stryker disable next-line OptionalChaining: every item has a time.
    summary.includes(alarmTopicArn) ? [{ at: Timestamp?.getTime(), summary }] : [],
  );
  return last;
};
