import { describe, expect, test } from '@jest/globals';
import { INSTALLATIONS } from '../../infra/installations.ts';
import { readInstallations } from '../../infra/read-installations.ts';
import { readSettings } from '../../infra/read-settings.ts';

const two = { Shop: { stage: 'prod', alarmEmail: ['oncall@example.com'] }, 'Shop-dev': { stage: 'dev' } };

describe('the file of installations', () => {
  test('is valid and has a stage for each installation', () => {
    expect([...readInstallations({}).keys()]).toEqual(Object.keys(INSTALLATIONS));
  });

  test('can have several installations, each with its own settings and the defaults of its stage', () => {
    const installations = readInstallations({ installations: two });
    expect(installations.get('Shop')).toMatchObject({
      alarmEmail: ['oncall@example.com'],
      keepData: true,
      silenceAlarmHours: 24,
    });
    expect(installations.get('Shop-dev')).toMatchObject({ alarmEmail: [], keepData: false, silenceAlarmHours: 0 });
  });

  test.each<[Record<string, unknown>, string]>([
    [{ Shop: { stage: 'prd' } }, 'Shop: stage is "prd"; it must be one of dev, staging, prod.'],
    [{ Shop: {} }, 'Shop: stage is undefined; it must be one of dev, staging, prod.'],
    [{ 'my shop': { stage: 'dev' } }, '"my shop" is not a valid stack name'],
    [
      { Shop: { stage: 'dev', throttleRate: 0, logLevel: 'x' } },
      'Shop: logLevel is "x"; it must be one of INFO, WARN.\nShop: throttleRate is 0;',
    ],
  ])('%j is rejected with an error that names the installation', (installations, message) => {
    expect(() => readInstallations({ installations })).toThrow(message);
  });
});

describe('the command line', () => {
  test('overrides settings of all installations for one command', () => {
    const text = { throttleRate: '7', keepData: 'false', logLevel: 'WARN', alarmEmail: 'a@example.com,b@example.com' };
    for (const settings of readInstallations({ installations: two, ...text }).values()) {
      expect(settings).toMatchObject({
        throttleRate: 7,
        keepData: false,
        logLevel: 'WARN',
        alarmEmail: ['a@example.com', 'b@example.com'],
      });
    }
  });

  test("ignores the CDK's own context", () => {
    const own = { '@aws-cdk/core:x': true, 'availability-zones:account=1': [], 'acknowledged-issue-numbers': [1] };
    expect(readInstallations({ installations: two, ...own })).toEqual(readInstallations({ installations: two }));
  });

  test.each<[Record<string, unknown>, string]>([
    [
      { alarmMail: 'a@example.com' },
      'Unknown setting alarmMail. The settings are stage, account, region, bootstrapQualifier, tags,',
    ],
    [{ stage: 'dev' }, "stage can't be set with -c. Set it in infra/installations.ts."],
    [{ bootstrapQualifier: 'prod' }, "bootstrapQualifier can't be set with -c. Set it in infra/installations.ts."],
    [{ region: 'eu-west-1' }, "region can't be set with -c. Set it in infra/installations.ts."],
  ])('rejects %j', (context, message) => {
    expect(() => readInstallations(context)).toThrow(message);
  });
});

describe('settings', () => {
  test('of prod keep and protect data, and trigger an alarm when nothing is received', () => {
    expect(readSettings({ stage: 'prod' })).toMatchObject({
      keepData: true,
      terminationProtection: true,
      recoveryDays: 35,
      silenceAlarmHours: 24,
      releaseCheck: true,
      reserveConcurrency: false,
    });
  });

  test.each<[Record<string, unknown>, string]>([
    [{ throttleRate: 'many' }, 'throttleRate is "many"; it must be a whole number from 1 to 10000.'],
    [{ applyConcurrency: '1' }, 'applyConcurrency is "1"; it must be a whole number from 2 to 1000.'],
    [{ queueRetentionDays: 7 }, 'queueRetentionDays is 7; it must be a whole number from 1 to 6.'],
    [{ logRetentionDays: '8' }, 'logRetentionDays is "8"; it must be one of 1, 3, 5, 7, 14, 30,'],
    [{ silenceAlarmHours: 169 }, 'silenceAlarmHours is 169; it must be a whole number from 0 to 168.'],
    ...[
      'http://backend.example.com',
      'https://user:word@backend.example.com/x',
      'backend.example.com',
      'http://127.0.0.1.example.com/',
    ].map((url): [Record<string, unknown>, string] => [
      { forwardTo: { url } },
      'it must be an object whose url begins with https://, without a user name and a password.',
    ]),
    [{ forwardTo: { url: 'https://a.example', levels: [] } }, 'it must be an object whose levels, if given, are at least one.'],
    [{ keepData: 'perhaps' }, 'keepData is "perhaps"; it must be true or false.'],
    [{ alarmEmail: 'oncall' }, 'alarmEmail is "oncall"; it must be an e-mail address or a list of e-mail addresses.'],
    [{ alarmEmail: ['a@example.com', 'b'] }, 'alarmEmail is ["a@example.com","b"]; it must be an e-mail address'],
    [{ logLevel: 'DEBUG' }, 'logLevel is "DEBUG"; it must be one of INFO, WARN.'],
    [{ webhookPath: 'hooks' }, 'webhookPath is "hooks"; it must be a path such as /webhooks/fractal.'],
    [{ eventBusName: 'default' }, 'eventBusName is "default"; it must be a name of letters, digits'],
    [{ formerWebhookPaths: '/a,b' }, 'formerWebhookPaths is "/a,b"; it must be a path or a list of paths such as'],
    [{ webhookPath: '/a', formerWebhookPaths: ['/b', '/a'] }, '/a must be in webhookPath and formerWebhookPaths once'],
    [{ formerWebhookPaths: ['/b', '/b'] }, '/b must be in webhookPath and formerWebhookPaths once'],
    [{ account: 12 }, 'account is 12; it must be'],
    [{ region: 'Frankfurt' }, 'region is "Frankfurt"; it must be a region such as eu-central-1.'],
    [{ bootstrapQualifier: 'Prod' }, 'bootstrapQualifier is "Prod"; it must be 1 to 10 lower-case letters and digits'],
    [{ bootstrapQualifier: 'production1' }, 'bootstrapQualifier is "production1"; it must be 1 to 10'],
    [{ bootstrapQualifier: '' }, 'bootstrapQualifier is ""; it must be 1 to 10'],
    [{ domainName: 'webhooks.example.com' }, 'domainName and certificateArn must be set together'],
    [{ disableDefaultUrl: true }, 'disableDefaultUrl requires domainName: otherwise there is no URL'],
    [{ alarmMail: 'a@example.com' }, 'Unknown setting alarmMail. The settings are stage, account,'],
  ])('%j are rejected with an error that names the expected value', (given, message) => {
    expect(() => readSettings({ stage: 'prod', ...given })).toThrow(message);
  });
});
