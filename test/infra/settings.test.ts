import { describe, expect, test } from '@jest/globals';
import { readSettings } from '../../infra/settings.ts';

describe('settings', () => {
  test('are those of prod unless a stage is named, and prod keeps its data', () => {
    expect(readSettings({})).toEqual(readSettings({ stage: 'prod' }));
    expect(readSettings({})).toMatchObject({
      keepData: true,
      reserveConcurrency: true,
      gradualDeployment: true,
      recoveryDays: 35,
    });
    expect(readSettings({ stage: 'dev' })).toMatchObject({
      keepData: false,
      reserveConcurrency: false,
      gradualDeployment: false,
    });
  });

  test('can each be given, as text on the command line or as JSON in cdk.json', () => {
    const text = { throttleRate: '7', keepData: 'false', logLevel: 'WARN', alarmEmail: 'oncall@example.com' };
    expect(readSettings(text)).toMatchObject({ ...text, throttleRate: 7, keepData: false });
    expect(readSettings({ throttleRate: 7, keepData: false })).toMatchObject({ throttleRate: 7, keepData: false });
  });

  test("leave the CDK's own context alone", () => {
    const own = { '@aws-cdk/core:x': true, 'availability-zones:account=1': [], 'acknowledged-issue-numbers': [1] };
    expect(readSettings(own)).toEqual(readSettings({}));
  });

  test.each<[Record<string, unknown>, string]>([
    [{ stage: 'prd' }, 'stage is "prd"; it must be one of dev, staging, prod.'],
    [{ throttleRate: 'many' }, 'throttleRate is "many"; it must be a whole number from 1 to 10000.'],
    [{ throttleRate: 0 }, 'throttleRate is 0; it must be a whole number from 1 to 10000.'],
    [{ applyConcurrency: '1' }, 'applyConcurrency is 1; it must be a whole number from 2 to 1000.'],
    [{ queueRetentionDays: 14 }, 'queueRetentionDays is 14; it must be a whole number from 1 to 13.'],
    [{ logRetentionDays: '8' }, 'logRetentionDays is 8; it must be one of 1, 3, 5, 7, 14, 30,'],
    [{ keepData: 'perhaps' }, 'keepData is "perhaps"; it must be true or false.'],
    [{ alarmEmail: 'oncall' }, 'alarmEmail is "oncall"; it must be an e-mail address.'],
    [{ logLevel: 'DEBUG' }, 'logLevel is "DEBUG"; it must be one of INFO, WARN.'],
    [{ domainName: 'webhooks.example.com' }, 'domainName and certificateArn belong together'],
    [{ silenceAlarmHours: 4, logLevel: 'WARN' }, 'silenceAlarmHours needs logLevel INFO'],
    [{ alarmMail: 'a@example.com' }, 'There is no setting alarmMail. There are stage, keepData,'],
    [{ throttleRate: 0, logLevel: 'x' }, 'it must be one of INFO, WARN.\nthrottleRate is 0;'],
  ])('%j is wrong, and the error says what is right', (context, message) => {
    expect(() => readSettings(context)).toThrow(message);
  });
});
