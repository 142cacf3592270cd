import { describe, expect, test } from '@jest/globals';
import { showWhere } from '../../oncall/where.ts';
import { aTarget } from '../support/a-target.ts';
import { printed } from '../support/printed.ts';

const PARTS = {
  webhookUrl: 'https://a.example.com/webhook',
  dashboardName: 'S-eu-central-1',
  tableName: 'states',
  queueUrl: 'https://sqs.eu-central-1.amazonaws.com/1/main',
  deadLetterQueueUrl: 'https://sqs.eu-central-1.amazonaws.com/1/dead',
  unpublishedQueueUrl: 'https://sqs.eu-central-1.amazonaws.com/1/unpublished',
  ingestLogGroup: '/aws/lambda/S-ingest',
  applyLogGroup: 'S-apply',
  publishLogGroup: 'S-publish',
  deadLettersLogGroup: 'S-widget',
  releaseCheckLogGroup: 'S-check',
  accessLogGroup: '/aws/vendedlogs/S',
  secretId: 'arn:aws:secretsmanager:eu-central-1:1:secret:S-1a',
  eventBusName: 'S',
  alarmTopicArn: 'arn:aws:sns:eu-central-1:1:alarms',
};

const SQS = '/sqs/v3/home?region=eu-central-1#/queues/https%3A%2F%2Fsqs.eu-central-1.amazonaws.com%2F1%2F';
const LOGS = '/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/';

// Of each part: its name, its link after the console's origin.
const LINKS = {
  webhook: null,
  dashboard: '/cloudwatch/home?region=eu-central-1#dashboards/dashboard/S-eu-central-1',
  table: '/dynamodbv2/home?region=eu-central-1#table?name=states',
  queue: `${SQS}main`,
  'dead-letter queue': `${SQS}dead`,
  'unpublished changes': `${SQS}unpublished`,
  'log of ingest': `${LOGS}$252Faws$252Flambda$252FS-ingest`,
  'log of apply': `${LOGS}S-apply`,
  'log of publish': `${LOGS}S-publish`,
  'log of the widget': `${LOGS}S-widget`,
  'log of the release check': `${LOGS}S-check`,
  'access log': `${LOGS}$252Faws$252Fvendedlogs$252FS`,
  secret: '/secretsmanager/secret?name=arn%3Aaws%3Asecretsmanager%3Aeu-central-1%3A1%3Asecret%3AS-1a&region=eu-central-1',
  'event bus': '/events/home?region=eu-central-1#/eventbus/S',
  'alarm topic': '/sns/v3/home?region=eu-central-1#/topic/arn:aws:sns:eu-central-1:1:alarms',
};

const where = (parts: Parameters<typeof aTarget>[1], json: boolean) =>
  printed(() => showWhere(aTarget('http://localhost:1', { ...PARTS, ...parts }), { json }));

const linksIn = async (alarmTopicArn: string) =>
  JSON.parse((await where({ alarmTopicArn }, true)).stdout).map(({ link }: { link: string | null }) => link);

describe('where', () => {
  test('links each part of a deployed stack', async () => {
    const { status, stdout, stderr } = await where({}, true);
    expect([status, stderr]).toEqual([0, '']);
    const places = Object.entries(LINKS).map(([what, link], index) => ({
      what,
      name: Object.values(PARTS)[index],
      link: link && `https://console.aws.amazon.com${link}`,
    }));
    expect(JSON.parse(stdout)).toEqual(places);
    const table = (await where({}, false)).stdout.trimEnd().split('\n');
    expect(table.map((line) => line.trimEnd().split(/ {2,}/))).toEqual([
      ['WHAT', 'NAME', 'LINK'],
      ...places.map(({ what, name, link }) => [what, name, ...(link === null ? [] : [link])]),
    ]);
  });

  test.each([
    ['arn:aws-cn:sns:cn-north-1:1:alarms', 'https://console.amazonaws.cn', 'cn-north-1'],
    ['arn:aws-us-gov:sns:us-gov-west-1:1:alarms', 'https://console.amazonaws-us-gov.com', 'us-gov-west-1'],
  ])('links the console of the partition of %s', async (arn, origin, region) => {
    const links = await linksIn(arn);
    expect(links[1]).toBe(`${origin}/cloudwatch/home?region=${region}#dashboards/dashboard/S-eu-central-1`);
  });

  test('has no links in another partition, whose console it does not know', async () => {
    expect(await linksIn('arn:aws-eusc:sns:eusc-de-east-1:1:alarms')).toEqual(Object.keys(LINKS).map(() => null));
  });

  test('shows no link for a local stack, and the address of its console', async () => {
    const local = { deployed: false, consoleUrl: 'http://127.0.0.1:4567/' };
    const { stdout } = await where(local, false);
    // Two columns, each with a gap of two after its longest cell: a third one could wrap in a terminal.
    const [first = ''] = stdout.split('\n');
    expect(first).toHaveLength('log of the release check'.length + 2 + PARTS.unpublishedQueueUrl.length + 2);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.trimEnd().split(/ {2,}/))
        .slice(0, 4),
    ).toEqual([
      ['WHAT', 'NAME'],
      ['webhook', PARTS.webhookUrl],
      ['console', 'http://127.0.0.1:4567/'],
      ['dashboard', PARTS.dashboardName],
    ]);
    expect(JSON.parse((await where(local, true)).stdout)).toContainEqual({
      what: 'console',
      name: 'http://127.0.0.1:4567/',
      link: null,
    });
  });
});
