import { borderless } from './borderless.ts';
import { EXIT } from './failure.ts';
import { printJson } from './print-json.ts';
import type { Target } from './target.ts';

export interface WhereOptions {
  readonly json: boolean;
}

interface Place {
  readonly what: string;
  /** The output of the stack with its name. */
  readonly output: string;
  /** The page of the AWS console, after its origin. */
  page(name: string, region: string): string;
}

const cloudwatch = (fragment: string, region: string): string => `/cloudwatch/home?region=${region}#${fragment}`;
// The console decodes a fragment twice, with $ for %.
const logGroup = (name: string, region: string): string =>
  cloudwatch(`logsV2:log-groups/log-group/${encodeURIComponent(encodeURIComponent(name)).replaceAll('%', '$')}`, region);
const queue = (url: string, region: string): string => `/sqs/v3/home?region=${region}#/queues/${encodeURIComponent(url)}`;

const PLACES: readonly Place[] = [
  { what: 'dashboard', output: 'DashboardName', page: (name, region) => cloudwatch(`dashboards/dashboard/${name}`, region) },
  { what: 'table', output: 'TableName', page: (name, region) => `/dynamodbv2/home?region=${region}#table?name=${name}` },
  { what: 'queue', output: 'QueueUrl', page: queue },
  { what: 'dead-letter queue', output: 'DeadLetterQueueUrl', page: queue },
  { what: 'unpublished changes', output: 'UnpublishedQueueUrl', page: queue },
  { what: 'log of ingest', output: 'IngestLogGroup', page: logGroup },
  { what: 'log of apply', output: 'ApplyLogGroup', page: logGroup },
  { what: 'log of publish', output: 'PublishLogGroup', page: logGroup },
  { what: 'log of the widget', output: 'DeadLettersLogGroup', page: logGroup },
  { what: 'log of the release check', output: 'ReleaseCheckLogGroup', page: logGroup },
  { what: 'access log', output: 'AccessLogGroup', page: logGroup },
  {
    what: 'secret',
    output: 'SecretId',
    page: (arn, region) => `/secretsmanager/secret?name=${encodeURIComponent(arn)}&region=${region}`,
  },
  { what: 'event bus', output: 'EventBusName', page: (name, region) => `/events/home?region=${region}#/eventbus/${name}` },
  { what: 'alarm topic', output: 'AlarmTopicArn', page: (arn, region) => `/sns/v3/home?region=${region}#/topic/${arn}` },
];

const CONSOLES: Readonly<Record<string, string>> = {
  aws: 'https://console.aws.amazon.com',
  'aws-cn': 'https://console.amazonaws.cn',
  'aws-us-gov': 'https://console.amazonaws-us-gov.com',
};

/** Shows the names of the stack's parts with links to the AWS console; of a local stack, the address of its console. */
export const showWhere = ({ deployed, outputs, alarmTopicArn }: Target, { json }: WhereOptions): number => {
  const parts = alarmTopicArn.split(':');
  // Stryker disable next-line StringLiteral: an ARN has all parts.
  const [, partition = 'aws', , region = ''] = parts;
  const origin = deployed ? CONSOLES[partition] : undefined;
  const found = PLACES.flatMap(({ what, output, page }) => {
    const name = outputs[output];
    return name === undefined ? [] : [{ what, name, link: origin === undefined ? null : `${origin}${page(name, region)}` }];
  });
  const webhook = {
    what: 'webhook',
    // Stryker disable next-line StringLiteral: every stack has a webhook.
    name: outputs.WebhookUrl ?? '',
    link: null,
  };
  const local = outputs.ConsoleUrl === undefined ? [] : [{ what: 'console', name: outputs.ConsoleUrl, link: null }];
  const places = [webhook, ...local, ...found];
  if (json) printJson(places);
  else {
    const table = borderless(['WHAT', 'NAME', ...(origin === undefined ? [] : ['LINK'])]);
    for (const { what, name, link } of places) table.push([what, name, ...(origin === undefined ? [] : [link ?? ''])]);
    console.log(table.toString());
  }
  return EXIT.done;
};
