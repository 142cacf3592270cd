import { setTimeout as wait } from 'node:timers/promises';
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { TESTED_ALARM } from '../../functions/core/stack-contract.ts';
import { waitingFor } from '../finish.ts';
import type { Target } from '../target.ts';
import { alarmsOf } from './alarms.ts';
import { type Finding, ok, unknown, wrong } from './finding.ts';
import { lastAction } from './last-action.ts';

// The alarm that is least likely to be in ALARM already.
const TESTED = new RegExp(`-${TESTED_ALARM}$`);
const NOTIFIED_WITHIN_MS = 60_000;
const POLL_EVERY_MS = 1_000;

/** Puts one alarm into ALARM until its next evaluation, and waits until CloudWatch has notified the topic. */
export const testAlarm = async (target: Target): Promise<Finding> => {
  const cloudwatch = new CloudWatchClient(target.client);
  // Stryker disable next-line StringLiteral: every alarm has a name.
  const alarm = (await alarmsOf(target)).find(({ AlarmName = '' }) => TESTED.test(AlarmName));
  if (!alarm) return wrong('test alarm', 'there is no alarm to test', target.deployAgain);
  const { AlarmName } = alarm;
  if (alarm.StateValue === 'ALARM')
    return unknown('test alarm', `${AlarmName} is in ALARM already`, 'Retry when it has returned to OK.');
  const earlier = await lastAction(cloudwatch, target, AlarmName);
  await cloudwatch.send(
    new SetAlarmStateCommand({
      AlarmName,
      StateValue: 'ALARM',
      StateReason: 'A test by doctor --test-alarm of fractal-webhooks.',
    }),
  );
  waitingFor('CloudWatch to notify the topic');
  for (const started = Date.now(); Date.now() - started < NOTIFIED_WITHIN_MS; await wait(POLL_EVERY_MS)) {
    const action = await lastAction(cloudwatch, target, AlarmName);
    if (!action || action.at === earlier?.at) continue;
    if (action.summary.startsWith('Failed')) {
      return wrong(
        'test alarm',
        `CloudWatch could not notify the topic for ${AlarmName}`,
        `The policy of the topic, or of its key, denies it. ${target.deployAgain}`,
      );
    }
    return ok('test alarm', `${AlarmName} has notified the topic: check that the e-mail or other notification has arrived`);
  }
  return unknown(
    'test alarm',
    `${AlarmName} was put into ALARM, but its history shows no action after ${NOTIFIED_WITHIN_MS / 1_000} s`,
    'Run this again.',
  );
};
