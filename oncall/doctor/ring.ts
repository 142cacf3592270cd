import { setTimeout as wait } from 'node:timers/promises';
import { CloudWatchClient, DescribeAlarmHistoryCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { waitingFor } from '../finish.ts';
import type { Target } from '../target.ts';
import { alarmsOf } from './alarms.ts';
import { type Finding, unknown, well, wrong } from './finding.ts';

// It should never ring by itself.
const RUNG = /-apply-throttled$/;
const TOLD_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

/** Sets off one alarm, and follows it until CloudWatch has notified the topic. CloudWatch ends it by itself, at its next look. */
export const ring = async (target: Target): Promise<Finding> => {
  const cloudwatch = new CloudWatchClient(target.client);
  const alarm = (await alarmsOf(target)).find(({ AlarmName = '' }) => RUNG.test(AlarmName));
  if (!alarm) return wrong('ring', 'there is no alarm to ring', target.deployAgain);
  const { AlarmName } = alarm;
  if (alarm.StateValue === 'ALARM') return unknown('ring', `${AlarmName} rings already`, 'Try again when it has ended.');
  const StartDate = new Date(Date.now() - 1_000);
  await cloudwatch.send(
    new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'A test by doctor --ring of fractal-webhooks.' }),
  );
  waitingFor('CloudWatch to notify the topic');
  for (const started = Date.now(); Date.now() - started < TOLD_WITHIN_MS; await wait(LOOK_EVERY_MS)) {
    const { AlarmHistoryItems = [] } = await cloudwatch.send(
      new DescribeAlarmHistoryCommand({ AlarmName, HistoryItemType: 'Action', StartDate }),
    );
    const [{ HistorySummary = '' } = {}] = AlarmHistoryItems.filter(({ HistorySummary = '' }) =>
      HistorySummary.includes(target.alarmTopicArn),
    );
    if (HistorySummary.startsWith('Failed')) {
      return wrong(
        'ring',
        `CloudWatch could not notify the topic for ${AlarmName}`,
        `The topic's policy, or its key's, does not let it. ${target.deployAgain}`,
      );
    }
    if (HistorySummary)
      return well('ring', `${AlarmName} has notified the topic: see that the mail is there, or what else is subscribed`);
  }
  return unknown(
    'ring',
    `${AlarmName} was set off, and its history does not tell of it after ${TOLD_WITHIN_MS / 1_000} s`,
    'Run this again.',
  );
};
