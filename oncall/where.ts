import type { StackParts } from '../functions/core/stack-contract.ts';
import { borderless } from './borderless.ts';
import { EXIT } from './failure.ts';
import { printJson } from './print-json.ts';
import type { Target } from './target.ts';

export interface WhereOptions {
  readonly json: boolean;
}

interface Place {
  readonly what: string;
  readonly part: Exclude<keyof StackParts, 'release' | 'concurrencyNeeded' | 'throttleRate' | 'otherWebhookUrls'>;
  /** The page of the AWS console, after its origin. */
  page(name: string, region: string): string;
}

const cloudwatch = (fragment: string, region: string): string => `/cloudwatch/home?region=${region}#${fragment}`;
// The console decodes a fragment twice, with $ for %.
const logGroup = (name: string, region: string): string =>
  cloudwatch(`logsV2:log-groups/log-group/${encodeURIComponent(encodeURIComponent(name)).replaceAll('%', '$')}`, region);
const queue = (url: string, region: string): string => `/sqs/v3/home?region=${region}#/queues/${encodeURIComponent(url)}`;

const PLACES: readonly Place[] = [
  { what: 'dashboard', part: 'dashboardName', page: (name, region) => cloudwatch(`dashboards/dashboard/${name}`, region) },
  { what: 'table', part: 'tableName', page: (name, region) => `/dynamodbv2/home?region=${region}#table?name=${name}` },
  {
    what: "credentials of Fractal's API",
    part: 'apiSecretId',
    page: (name, region) => `/secretsmanager/secret?region=${region}&name=${encodeURIComponent(name)}`,
  },
  { what: 'history', part: 'historyTableName', page: (name, region) => `/dynamodbv2/home?region=${region}#table?name=${name}` },
  { what: 'queue', part: 'queueUrl', page: queue },
  { what: 'dead-letter queue', part: 'deadLetterQueueUrl', page: queue },
  { what: 'unpublished changes', part: 'unpublishedQueueUrl', page: queue },
  {
    what: 'discarded changes',
    part: 'discardedChangesBucket',
    page: (name, region) => `/s3/buckets/${name}?region=${region}`,
  },
  { what: 'events to the backend', part: 'forwardQueueUrl', page: queue },
  { what: 'events that the backend did not take', part: 'unforwardedQueueUrl', page: queue },
  { what: 'log of ingest', part: 'ingestLogGroup', page: logGroup },
  { what: 'log of apply', part: 'applyLogGroup', page: logGroup },
  { what: 'log of publish', part: 'publishLogGroup', page: logGroup },
  { what: 'what EventBridge could not deliver', part: 'undeliveredLogGroup', page: logGroup },
  { what: 'log of forwarding', part: 'forwardLogGroup', page: logGroup },
  { what: 'log of the daily comparison', part: 'comparisonLogGroup', page: logGroup },
  { what: 'log of the widget', part: 'deadLettersLogGroup', page: logGroup },
  { what: 'log of the release check', part: 'releaseCheckLogGroup', page: logGroup },
  { what: 'access log', part: 'accessLogGroup', page: logGroup },
  {
    what: 'secret',
    part: 'secretId',
    page: (arn, region) => `/secretsmanager/secret?name=${encodeURIComponent(arn)}&region=${region}`,
  },
  {
    what: 'secret that signs events',
    part: 'forwardSecretId',
    page: (arn, region) => `/secretsmanager/secret?name=${encodeURIComponent(arn)}&region=${region}`,
  },
  { what: 'event bus', part: 'eventBusName', page: (name, region) => `/events/home?region=${region}#/eventbus/${name}` },
  { what: 'alarm topic', part: 'alarmTopicArn', page: (arn, region) => `/sns/v3/home?region=${region}#/topic/${arn}` },
];

const CONSOLES: Readonly<Record<string, string>> = {
  aws: 'https://console.aws.amazon.com',
  'aws-cn': 'https://console.amazonaws.cn',
  'aws-us-gov': 'https://console.amazonaws-us-gov.com',
};

/** Shows the names of the stack's parts with links to the AWS console; of a local stack, the address of its console. */
export const showWhere = (target: Target, { json }: WhereOptions): number => {
  const { deployed, consoleUrl, webhookUrl, otherWebhookUrls, alarmTopicArn } = target;
  // Stryker disable next-line StringLiteral: an ARN has all parts.
  const [, partition = 'aws', , region = ''] = alarmTopicArn.split(':');
  const origin = deployed ? CONSOLES[partition] : undefined;
  const found = PLACES.flatMap(({ what, part, page }) => {
    const name = target[part];
    return name === undefined ? [] : [{ what, name, link: origin === undefined ? null : `${origin}${page(name, region)}` }];
  });
  const webhooks = [webhookUrl, ...otherWebhookUrls].map((name) => ({ what: 'webhook', name, link: null }));
  const local = consoleUrl === undefined ? [] : [{ what: 'console', name: consoleUrl, link: null }];
  const places = [...webhooks, ...local, ...found];
  if (json) printJson(places);
  else {
    const table = borderless(['WHAT', 'NAME', ...(origin === undefined ? [] : ['LINK'])]);
    for (const { what, name, link } of places) table.push([what, name, ...(origin === undefined ? [] : [link ?? ''])]);
    console.log(table.toString());
  }
  return EXIT.done;
};
