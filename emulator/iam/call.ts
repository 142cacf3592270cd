import { ACCOUNT_ID, functionArn, REGION } from '../aws/account.ts';
import type { AwsRequest } from '../aws/request.ts';
import { pathOf } from '../aws/s3-path.ts';
import type { Call } from './policy.ts';

/** The IAM action and resource of a request. */
export const callOf = (request: AwsRequest): Call => {
  const { service, action, body } = request;
  if (service === 'lambda') return lambdaCallOf(action);
  if (service === 's3') return s3CallOf(action);
  // Batch actions need the permission of the single action (AWS).
  const permission = action.replace(/^(SendMessage|DeleteMessage|ChangeMessageVisibility)Batch$/, '$1');
  const input = inputOf(body.toString());
  const context = CONTEXTS[service]?.(input);
  const named = action === 'DescribeEventBus' ? arn('events', `event-bus/${input.Name}`) : RESOURCES[service]?.(input);
  const resource = WITHOUT_RESOURCE.includes(action) ? '*' : (named ?? '*');
  return { action: `${service}:${permission}`, resource, ...(context && { context }) };
};

// biome-ignore lint/suspicious/noExplicitAny: the input of any call; only existing fields are read.
type Input = Record<string, any>;

const inputOf = (body: string): Input =>
  body.startsWith('{') ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));

const arn = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${resource}`;

const RESOURCES: Readonly<Record<string, (input: Input) => string | undefined>> = {
  sqs: ({ QueueUrl = '', QueueName = QueueUrl }) => arn('sqs', QueueName.split('/').at(-1)),
  dynamodb: ({ TableName, RequestItems = {} }) => arn('dynamodb', `table/${TableName ?? Object.keys(RequestItems)[0]}`),
  secretsmanager: ({ SecretId }) => SecretId,
  sns: ({ TopicArn }) => TopicArn,
  events: ({ Entries: [{ EventBusName: bus = 'default' } = {}] = [], EventBusName, Rule, Name = Rule, ReplayName, ...to }) => {
    if (ReplayName) return to.EventSourceArn ?? arn('events', `replay/${ReplayName}`);
    return arn('events', Name ? `rule/${EventBusName}/${Name}` : `event-bus/${bus}`);
  },
  cloudformation: ({ StackName }) => arn('cloudformation', `stack/${StackName}/id`),
  // Actions on all alarms have no resource.
  cloudwatch: ({ AlarmName, StateValue }) => (StateValue ? arn('cloudwatch', `alarm:${AlarmName}`) : undefined),
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html */
const attributesIn = ({ Select, ProjectionExpression, UpdateExpression, ...input }: Input): Call['context'] => {
  const { Key = {}, ExpressionAttributeNames = {}, ReturnValues } = input;
  return {
    ...(Select && { 'dynamodb:Select': [Select] }),
    ...(ReturnValues && { 'dynamodb:ReturnValues': [ReturnValues] }),
    ...(ProjectionExpression && {
      'dynamodb:Attributes': [
        ...ProjectionExpression.split(/,\s*/).filter((name: string) => !name.startsWith('#')),
        ...Object.values<string>(ExpressionAttributeNames),
      ],
    }),
    // Updates whose expressions name attributes without a placeholder are not known here.
    ...(UpdateExpression && {
      'dynamodb:Attributes': [...Object.keys(Key), ...Object.values<string>(ExpressionAttributeNames)],
    }),
  };
};

const leadingKeysIn = ({ Key, Item, RequestItems = {} }: Input): Call['context'] => {
  const keys: Input[] = [Key, Item, ...Object.values<Input>(RequestItems).flatMap(({ Keys }) => Keys)].filter(Boolean);
  return keys.length > 0 ? { 'dynamodb:LeadingKeys': keys.map(({ pk }) => pk.S) } : undefined;
};

const targetsIn = ({ Targets }: Input): Call['context'] =>
  Targets ? { 'events:TargetArn': Targets.map(({ Arn }: Input) => Arn) } : undefined;

/** The values of condition keys. */
const CONTEXTS: Readonly<Record<string, (input: Input) => Call['context']>> = {
  dynamodb: (input) => ({ ...leadingKeysIn(input), ...attributesIn(input) }),
  events: targetsIn,
};

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
const WITHOUT_RESOURCE = ['ListRules'];

// Lambda's API is REST: the action follows from method and path.
const LAMBDA: readonly (readonly [RegExp, string])[] = [
  [/^POST \/2015-03-31\/functions\/([^/]+)\/invocations/, 'lambda:InvokeFunction'],
  [/^GET \/2015-03-31\/functions\/([^/]+)\/aliases\//, 'lambda:GetAlias'],
  [/^GET \/2015-03-31\/event-source-mappings/, 'lambda:ListEventSourceMappings'],
  [/^GET \/2016-08-19\/account-settings/, 'lambda:GetAccountSettings'],
];

const lambdaCallOf = (path: string): Call => {
  for (const [pattern, action] of LAMBDA) {
    const [match, name] = pattern.exec(path) ?? [];
    if (match) return { action, resource: name ? functionArn(decodeURIComponent(name)) : '*' };
  }
  return { action: `lambda:${path}`, resource: '*' };
};

// S3's API is REST, too. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
const s3CallOf = (request: string): Call => {
  const [method = '', url = ''] = request.split(' ');
  const [bucket, ...key] = pathOf(url);
  if (key.join('/') === '') return { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` };
  const action = { PUT: 's3:PutObject', DELETE: 's3:DeleteObject' }[method] ?? 's3:GetObject';
  return { action, resource: `arn:aws:s3:::${bucket}/${key.join('/')}` };
};
