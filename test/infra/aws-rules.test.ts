import { describe, expect, test } from '@jest/globals';
import { readSettings } from '../../infra/read-settings.ts';
import { type Json, resourcesOf, variant } from '../support/templates.ts';
import { VARIANTS } from '../support/variants.ts';

const DATA = ['DynamoDB::Table', 'SQS::Queue', 'S3::Bucket', 'SecretsManager::Secret', 'Logs::LogGroup', 'KMS::Key'].map(
  (type) => `AWS::${type}`,
);

const propertiesOf = (template: Json, type: string): Json[] =>
  resourcesOf(template, type).map(([, { Properties }]) => Properties);
const mappingOf = (template: Json, source: string): Json | undefined =>
  propertiesOf(template, 'AWS::Lambda::EventSourceMapping').find(({ EventSourceArn }) =>
    resourcesOf(template, source).some(([id]) => id === EventSourceArn['Fn::GetAtt'][0]),
  );
/** The properties of the function with this name. A logical id ends with a hash. */
const functionOf = (template: Json, name: string): Json => {
  const found = resourcesOf(template, 'AWS::Lambda::Function').filter(([id]) =>
    new RegExp(`${name}Function[0-9A-F]{8}$`).test(id),
  );
  expect(found).toHaveLength(1);
  return found[0]?.[1].Properties;
};
const onlyOne = (template: Json, type: string): Json => {
  const all = propertiesOf(template, type);
  expect(all).toHaveLength(1);
  return all[0] as Json;
};

/** Rules of AWS that the local stack does not enforce. Every template must follow them; each links to AWS's page. */
describe.each(Object.entries(VARIANTS))('%s:', (name, given) => {
  const settings = readSettings(given);
  const { template, terminationProtection } = variant(name);
  const text = JSON.stringify(template);

  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
  test('alarm descriptions are no longer than CloudWatch allows', () => {
    const all = propertiesOf(template, 'AWS::CloudWatch::Alarm');
    expect(all.length).toBeGreaterThan(10);
    // At deployment the region replaces `{"Ref":"AWS::Region"}`, which is longer than any region name.
    for (const { AlarmDescription } of all) expect(JSON.stringify(AlarmDescription).length).toBeLessThanOrEqual(1_024);
  });

  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html */
  test('the custom widget invokes a function of the stack by its ARN', () => {
    const { DashboardBody } = onlyOne(template, 'AWS::CloudWatch::Dashboard');
    const body: string = DashboardBody['Fn::Join'][1]
      .map((part: string | Json) => (typeof part === 'string' ? part : JSON.stringify(part).replaceAll('"', "'")))
      .join('');
    const custom: Json[] = JSON.parse(body).widgets.filter(({ type }: Json) => type === 'custom');
    expect(custom).toHaveLength(1);
    const [, id = ''] = /^{'Fn::GetAtt':\['(\w+)','Arn'\]}$/.exec(custom[0]?.properties.endpoint) ?? [];
    expect(template.Resources[id]?.Type).toBe('AWS::Lambda::Function');
  });

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html */
  test('resources with data are kept when the stack is deleted if keepData is set, but not if their first creation fails', () => {
    for (const [id, { DeletionPolicy, UpdateReplacePolicy, Properties }] of resourcesOf(template, ...DATA)) {
      if (Properties.MessageRetentionPeriod <= 3_600) continue;
      const wanted = settings.keepData ? ['RetainExceptOnCreate', 'Retain'] : ['Delete', 'Delete'];
      expect([id, DeletionPolicy, UpdateReplacePolicy]).toEqual([id, ...wanted]);
    }
  });

  /**
   * CloudFormation can't delete a protected table, so a failed creation would leave it behind.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
   */
  test('the tables are protected only with tableProtection', () => {
    const tables = propertiesOf(template, 'AWS::DynamoDB::Table');
    expect(tables).toHaveLength(settings.history ? 2 : 1);
    for (const { DeletionProtectionEnabled } of tables) expect(DeletionProtectionEnabled).toBe(given.tableProtection ?? false);
  });

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html */
  test('the stack is protected from deletion in prod, and resources are tagged', () => {
    expect(terminationProtection).toBe(settings.stage === 'prod');
    for (const type of ['AWS::DynamoDB::Table', 'AWS::SQS::Queue', 'AWS::Lambda::Function', 'AWS::CloudWatch::Alarm']) {
      for (const { Tags } of propertiesOf(template, type)) {
        expect(Tags).toEqual(
          expect.arrayContaining([
            { Key: 'application', Value: 'fractal-webhooks' },
            { Key: 'stage', Value: settings.stage },
          ]),
        );
      }
    }
  });

  /**
   * A batch size above ten requires a window of at least a second. The visibility timeout must be six times the function's
   * timeout plus the window. The window is set even if it is 0, so that a deployment can remove one.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
   */
  test('batches have no window by default, and messages stay hidden for as long as their batch may take', () => {
    const mapping = mappingOf(template, 'AWS::SQS::Queue') as Json;
    expect(mapping.MaximumBatchingWindowInSeconds).toBe(given.batchWindowSeconds ?? 0);
    expect(mapping.BatchSize > 10).toBe(mapping.MaximumBatchingWindowInSeconds > 0);
    const apply = propertiesOf(template, 'AWS::Lambda::Function').find(({ Environment }) => Environment?.Variables?.TABLE_NAME);
    const queue = propertiesOf(template, 'AWS::SQS::Queue').find(({ RedrivePolicy }) => RedrivePolicy);
    expect(queue?.VisibilityTimeout).toBeGreaterThanOrEqual(6 * apply?.Timeout + mapping.MaximumBatchingWindowInSeconds);
  });

  /**
   * A new account has ten concurrent executions, none of which can be reserved. If a function has less concurrency than the
   * route allows, requests get a 5xx response. https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  test('concurrency is reserved only with reserveConcurrency, and is then enough for what the route allows', () => {
    const functions = propertiesOf(template, 'AWS::Lambda::Function');
    const reserved = functions.map(({ ReservedConcurrentExecutions }) => ReservedConcurrentExecutions);
    if (!settings.reserveConcurrency) return expect(new Set(reserved)).toEqual(new Set([undefined]));
    const { ThrottlingBurstLimit, ThrottlingRateLimit } = onlyOne(template, 'AWS::ApiGatewayV2::Stage').DefaultRouteSettings;
    const ingest = functionOf(template, 'Ingest');
    expect(ingest.ReservedConcurrentExecutions).toBeGreaterThanOrEqual(ThrottlingBurstLimit + ThrottlingRateLimit);
    const apply = functionOf(template, 'Apply');
    const mapping = mappingOf(template, 'AWS::SQS::Queue');
    expect(mapping?.ScalingConfig.MaximumConcurrency).toBeLessThanOrEqual(apply.ReservedConcurrentExecutions);
  });

  /**
   * A failing batch blocks its shard; with Lambda's defaults it is retried until the stream deletes it, after a day. A queue as the
   * destination then gets a pointer to records that no longer exist; a bucket gets the records. A mapping that starts at LATEST misses
   * records that are written while it is created.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
   */
  test('a change is retried for almost as long as the stream keeps it, does not block others, and then goes to a bucket', () => {
    const mapping = mappingOf(template, 'AWS::DynamoDB::Table');
    if (!settings.changeEvents) return expect(mapping).toBeUndefined();
    const [states] = propertiesOf(template, 'AWS::DynamoDB::Table').filter(({ StreamSpecification }) => StreamSpecification);
    expect(states?.StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
    expect(mapping).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    const [bucket] = (mapping as Json).DestinationConfig.OnFailure.Destination['Fn::GetAtt'];
    expect(template.Resources[bucket].Type).toBe('AWS::S3::Bucket');
    expect(mapping).not.toHaveProperty('MaximumRetryAttempts');
    expect(mapping?.MaximumRecordAgeInSeconds).toBeGreaterThan(23 * 3_600);
    expect(mapping?.MaximumRecordAgeInSeconds).toBeLessThan(24 * 3_600);
    expect(mapping).not.toHaveProperty('ParallelizationFactor');
  });

  /**
   * As the destination of the bucket's notifications, the queue would get a test message when it is set up, which triggers its alarm. The
   * bucket sends to the default bus, and a rule there to the queue.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
   */
  test('a discarded batch becomes a message on the queue of unpublished changes', () => {
    const buckets = resourcesOf(template, 'AWS::S3::Bucket');
    if (!settings.changeEvents) return expect(buckets).toEqual([]);
    const [[bucket, { Properties }]] = buckets as [[string, Json]];
    expect(Properties.NotificationConfiguration).toEqual({ EventBridgeConfiguration: { EventBridgeEnabled: true } });
    const [rule] = propertiesOf(template, 'AWS::Events::Rule').filter(({ EventBusName }) => EventBusName === undefined);
    expect(rule).toMatchObject({
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [{ Ref: bucket }] } },
      },
      State: 'ENABLED',
      Targets: [{ Arn: { 'Fn::GetAtt': [expect.stringContaining('Unpublished'), 'Arn'] } }],
    });
  });

  /**
   * AWS services act for all accounts: a policy that allows a service without a condition allows it for every account.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
   */
  test('policies of queues, topics and keys allow AWS services only on behalf of this account', () => {
    const policies = resourcesOf(template, 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::KMS::Key');
    const statements = policies.flatMap(([, { Properties }]) => (Properties.PolicyDocument ?? Properties.KeyPolicy).Statement);
    const allowing = statements.filter(({ Effect, Principal }: Json) => Effect === 'Allow' && Principal.Service);
    expect(allowing.length).toBeGreaterThan(0);
    for (const { Condition, Principal } of allowing) {
      const bound = JSON.stringify(Condition ?? {});
      expect([Principal, bound]).toEqual([
        Principal,
        expect.stringMatching(/aws:SourceAccount|aws:SourceArn|EncryptionContext:(aws:(logs|sqs):arn|SourceArn)/),
      ]);
    }
  });

  /**
   * The key has a list of values, and ForAllValues is true without any.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
   */
  test('rules of listeners can only send to the queue of the listeners, and only they can', () => {
    const statements = propertiesOf(template, 'AWS::IAM::ManagedPolicy').flatMap(
      ({ PolicyDocument }) => PolicyDocument.Statement,
    );
    const putting = statements.filter(({ Action }: Json) => [Action].flat().includes('events:PutTargets'));
    expect(putting).toHaveLength(settings.changeEvents ? 1 : 0);
    for (const { Action, Condition } of putting) {
      expect(Action).toBe('events:PutTargets');
      expect(Condition).toEqual({
        'ForAllValues:ArnEquals': { 'events:TargetArn': { 'Fn::GetAtt': [expect.stringContaining('Listeners'), 'Arn'] } },
        Null: { 'events:TargetArn': 'false' },
      });
    }
    expect(JSON.stringify(statements)).not.toMatch(/sqs:(CreateQueue|DeleteQueue|SetQueueAttributes)/);
    const policies = propertiesOf(template, 'AWS::SQS::QueuePolicy').filter(({ Queues: [{ Ref }] }) => /Listeners/.test(Ref));
    const allowing = policies
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Effect }) => Effect === 'Allow');
    expect(allowing).toHaveLength(settings.changeEvents ? 1 : 0);
    for (const { Condition } of allowing) {
      expect(JSON.stringify(Condition)).toMatch(/^{"ArnLike":{"aws:SourceArn":.*:rule\/.*\/fractal-webhooks-listener-\*"/);
    }
  });

  /**
   * A replay must not send events of test users to a team's rules.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html
   */
  test('events are archived for as long as the table can be restored, except those of test users', () => {
    if (!settings.changeEvents) return expect(resourcesOf(template, 'AWS::Events::EventBus', 'AWS::Events::Archive')).toEqual([]);
    const archive = onlyOne(template, 'AWS::Events::Archive');
    expect([archive.RetentionDays, archive.EventPattern]).toEqual([settings.recoveryDays, { source: ['fractal-webhooks'] }]);
    const ofTheBus = propertiesOf(template, 'AWS::Events::Rule').filter(({ EventBusName }) => EventBusName !== undefined);
    const { levels, checks } = settings.forwardTo ?? {};
    expect(ofTheBus).toHaveLength(1 + (settings.forwardTo ? 1 : 0) + (levels ? 1 : 0) + (checks ? 1 : 0));
    expect(ofTheBus[0]?.EventPattern).toEqual({
      source: ['fractal-webhooks.check'],
      'detail-type': [{ 'anything-but': ['forgotten'] }],
    });
  });

  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-disable-default-endpoint.html */
  test('the default URL works until disableDefaultUrl is set', () => {
    expect(onlyOne(template, 'AWS::ApiGatewayV2::Api').DisableExecuteApiEndpoint ?? false).toBe(settings.disableDefaultUrl);
    const { WebhookUrl, OtherWebhookUrls } = template.Outputs;
    const ownUrls = JSON.stringify([WebhookUrl, OtherWebhookUrls]).match(/"ApiEndpoint"/g) ?? [];
    const paths = 1 + settings.formerWebhookPaths.length;
    expect(ownUrls).toHaveLength(settings.disableDefaultUrl ? 0 : paths);
    // A new domain name has no DNS record yet.
    expect(JSON.stringify(WebhookUrl).includes('"ApiEndpoint"')).toBe(!settings.disableDefaultUrl);
  });

  /** API Gateway answers 404 to a path without a route. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html */
  test('each path of the outputs has a route', () => {
    const keys = propertiesOf(template, 'AWS::ApiGatewayV2::Route').map(({ RouteKey }) => RouteKey);
    expect(keys).toEqual([settings.webhookPath, ...settings.formerWebhookPaths].map((path) => `POST ${path}`));
    const { WebhookUrl, OtherWebhookUrls } = template.Outputs;
    for (const key of keys) expect(JSON.stringify([WebhookUrl, OtherWebhookUrls])).toContain(key.replace('POST ', ''));
  });

  /**
   * Other names fill up a resource policy of the region. The name has the stack's id because an earlier stack's group may still
   * exist.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
   */
  test('services can deliver logs in an account with many log groups, and if an earlier stack left its own behind', () => {
    const names = propertiesOf(template, 'AWS::Logs::LogGroup').flatMap(({ LogGroupName }) => LogGroupName ?? []);
    expect(names).toHaveLength(settings.changeEvents ? 2 : 1);
    for (const name of names) {
      const [first, id] = name['Fn::Join'][1];
      expect(first).toBe('/aws/vendedlogs/fractal-webhooks/Stack-');
      expect(JSON.stringify(id)).toContain('AWS::StackId');
    }
  });

  /**
   * The level alone delivers nothing: it takes a source, a destination and a delivery between them. The detail of an event has ids of
   * persons. A name has at most 60 characters.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-logs.html
   * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html
   */
  test('the errors of the bus reach a log group, without the events, and an alarm counts them', () => {
    const deliveries = resourcesOf(template, 'AWS::Logs::Delivery');
    if (!settings.changeEvents) return expect(deliveries).toEqual([]);
    const [[bus]] = resourcesOf(template, 'AWS::Events::EventBus') as [[string, Json]];
    expect(template.Resources[bus].Properties.LogConfig).toEqual({ Level: 'ERROR', IncludeDetail: 'NONE' });
    const [[source, { Properties: from }]] = resourcesOf(template, 'AWS::Logs::DeliverySource') as [[string, Json]];
    const [[destination, { Properties: to }]] = resourcesOf(template, 'AWS::Logs::DeliveryDestination') as [[string, Json]];
    expect(from).toMatchObject({ ResourceArn: { 'Fn::GetAtt': [bus, 'Arn'] }, LogType: 'ERROR_LOGS' });
    for (const { Name } of [from, to]) expect(Name).toMatch(/^[\w-]{1,60}$/);
    expect(deliveries).toHaveLength(1);
    expect(deliveries[0]?.[1]).toMatchObject({
      DependsOn: expect.arrayContaining([source]),
      Properties: { DeliverySourceName: from.Name, DeliveryDestinationArn: { 'Fn::GetAtt': [destination, 'Arn'] } },
    });
    const [filter] = propertiesOf(template, 'AWS::Logs::MetricFilter').filter(({ LogGroupName }) =>
      JSON.stringify(to.DestinationResourceArn).includes(`:log-group:",${JSON.stringify(LogGroupName)}]`),
    );
    expect(filter?.FilterPattern).toBe('{ $.message_type = "INVOCATION_FAILURE" }');
  });

  /**
   * API Gateway stores the ARN without the trailing `:*`: with it, drift detection would report a change for ever.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
   */
  test('the ARN of the access log is the one that API Gateway stores', () => {
    const { DestinationArn } = onlyOne(template, 'AWS::ApiGatewayV2::Stage').AccessLogSettings;
    expect(JSON.stringify(DestinationArn)).toMatch(/:log-group:",\{"Ref":"\w+"\}\]\]\}$/);
  });

  /**
   * An alarm on a metric of DynamoDB ignores missing data, whatever it asks for, so it would stay in ALARM.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
   */
  test('no alarm depends on data that DynamoDB does not report', () => {
    const all = propertiesOf(template, 'AWS::CloudWatch::Alarm');
    expect(all.filter(({ Namespace }) => Namespace === 'AWS/DynamoDB')).toEqual([]);
    const filled = all.filter(({ Metrics = [] }) => JSON.stringify(Metrics).includes('"AWS/DynamoDB"'));
    expect(filled).toHaveLength(settings.changeEvents ? 2 : 1);
    for (const { Metrics } of filled) {
      const { Expression } = Metrics.find((metric: Json) => metric.Expression);
      for (const { Id, MetricStat } of Metrics)
        if (MetricStat) expect(Expression.replaceAll(`FILL(${Id}, 0)`, '')).not.toMatch(new RegExp(`\\b${Id}\\b`));
    }
  });

  /**
   * HTTP APIs have no metric for 429, so the access log must contain the status, as text.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
   */
  test('the access log contains what the alarm on throttled requests counts', () => {
    const { Format } = onlyOne(template, 'AWS::ApiGatewayV2::Stage').AccessLogSettings;
    expect(JSON.parse(Format)).toMatchObject({ status: '$context.status', requestId: '$context.requestId' });
    const [filter] = propertiesOf(template, 'AWS::Logs::MetricFilter').filter(({ FilterPattern }) => /429/.test(FilterPattern));
    expect(filter?.FilterPattern).toBe('{ $.status = "429" }');
  });

  /**
   * Lambda drops lines below the log level before metric filters see them, so filters for alarms match only warnings and errors.
   * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
   */
  test('no alarm counts INFO lines', () => {
    const counted = propertiesOf(template, 'AWS::CloudWatch::Alarm').flatMap(({ MetricName, Metrics = [] }) => [
      MetricName,
      ...Metrics.map(({ MetricStat }: Json) => MetricStat?.Metric.MetricName),
    ]);
    const filtered = propertiesOf(template, 'AWS::Logs::MetricFilter').map(
      ({ MetricTransformations: [{ MetricName }] }) => MetricName,
    );
    expect(counted.filter((name) => filtered.includes(name)).sort()).toEqual([
      ...(settings.silenceAlarmHours > 0 ? ['Acknowledged'] : []), // in the access log
      ...(settings.reconcileDaily ? ['ComparedHealable'] : []), // logged at INFO, by a function with this level
      'Contested',
      'Failed',
      ...(settings.forwardTo ? ['ForwardedLate'] : []),
      'Mismatched',
      ...(settings.silenceAlarmHours > 0 ? ['Own'] : []),
      'Throttled',
      ...(settings.changeEvents ? ['Undelivered'] : []), // in the log of the bus
      'Unsigned',
    ]);
    const comparing = propertiesOf(template, 'AWS::Lambda::Function').filter(({ Environment }) => Environment.Variables.AUTH_URL);
    expect(comparing.map(({ LoggingConfig }) => LoggingConfig.ApplicationLogLevel)).toEqual(
      settings.reconcileDaily ? ['INFO'] : [],
    );
  });

  /**
   * CloudWatch Logs takes up to three dimensions, from fields that the pattern matches, and no default value beside them. Each
   * distinct value is charged as a metric.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
   */
  test('metric filters with dimensions are as CloudWatch Logs requires, and only causes have dimensions', () => {
    const filters = propertiesOf(template, 'AWS::Logs::MetricFilter').filter(
      ({ MetricTransformations: [{ Dimensions }] }) => Dimensions,
    );
    expect(filters.map(({ MetricTransformations: [{ MetricName }] }) => MetricName)).toEqual(['Cause']);
    for (const { FilterPattern, MetricTransformations } of filters) {
      const [{ Dimensions, DefaultValue }] = MetricTransformations;
      expect(DefaultValue).toBeUndefined();
      expect(Dimensions.length).toBeLessThanOrEqual(3);
      for (const { Value } of Dimensions) expect(FilterPattern).toContain(`${Value} = "*"`);
    }
  });

  /**
   * Without `FILL`, an hour in which a metric has no value may have none in the difference either.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
   */
  test('differences of metrics fill missing values', () => {
    const expressions = propertiesOf(template, 'AWS::CloudWatch::Alarm').flatMap(({ Metrics = [] }) =>
      Metrics.flatMap(({ Expression }: Json) => Expression ?? []),
    );
    const differences = expressions.filter((expression) => / - /.test(expression));
    expect(differences).toHaveLength((settings.silenceAlarmHours > 0 ? 1 : 0) + (settings.changeEvents ? 1 : 0));
    for (const expression of differences)
      expect(expression.match(/FILL\(\w+, 0\) - FILL\(\w+, 0\)/g)).toHaveLength(expression.split(' - ').length - 1);
  });

  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
  test('no alarm evaluates a longer time than CloudWatch allows', () => {
    for (const { Period, EvaluationPeriods, Metrics = [], AlarmName } of propertiesOf(template, 'AWS::CloudWatch::Alarm')) {
      const periods = [Period, ...Metrics.map(({ MetricStat }: Json) => MetricStat?.Period)].filter(Boolean);
      expect([AlarmName, new Set(periods).size]).toEqual([AlarmName, 1]);
      expect(periods[0] * EvaluationPeriods).toBeLessThanOrEqual(periods[0] < 3_600 ? 86_400 : 604_800);
    }
  });

  /**
   * The age of the oldest message leaves out messages that were received three times, and restarts on the dead-letter queue.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
   */
  test('no alarm on the dead-letter queue uses the age, and a second alarm triggers at least a day before messages can expire', () => {
    const alarms = propertiesOf(template, 'AWS::CloudWatch::Alarm');
    const [queue] = propertiesOf(template, 'AWS::SQS::Queue').filter(({ RedrivePolicy }) => RedrivePolicy);
    const [deadLetterQueue] = propertiesOf(template, 'AWS::SQS::Queue').filter(({ RedrivePolicy }) => !RedrivePolicy);
    const aged = alarms.filter(({ MetricName }) => MetricName === 'ApproximateAgeOfOldestMessage');
    expect(aged.map(({ AlarmName }) => AlarmName)).toEqual(['Stack-oldest-message']);
    const expiring = alarms.filter(({ AlarmName }) => /-expiring$/.test(AlarmName));
    expect(expiring).toHaveLength(1 + (settings.changeEvents ? 1 : 0) + (settings.forwardTo ? 1 : 0));
    const atLeast = deadLetterQueue?.MessageRetentionPeriod - queue?.MessageRetentionPeriod;
    for (const { Period, EvaluationPeriods } of expiring) {
      expect(Period * EvaluationPeriods + 86_400).toBeLessThanOrEqual(atLeast);
    }
  });

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html */
  test('CloudFormation waits slightly longer than the timeout of the release check', () => {
    const proofs = propertiesOf(template, 'Custom::ReleaseCheck');
    expect(proofs).toHaveLength(settings.releaseCheck ? 1 : 0);
    for (const { ServiceTimeout } of proofs) expect(Number(ServiceTimeout)).toBeGreaterThan(180);
  });

  /** https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service */
  test('a key may be used only through the services that need it', () => {
    const grants = propertiesOf(template, 'AWS::IAM::ManagedPolicy')
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Action }) => [Action].flat().some((action: string) => /^kms:(Decrypt|GenerateDataKey)/.test(action)));
    expect(grants.length > 0).toBe(settings.customerManagedKey);
    for (const { Condition } of grants) expect(Object.keys(Condition.StringEquals)).toEqual(['kms:ViaService']);
  });

  /** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html */
  test('a function may use a key through SQS only if it uses a queue that is encrypted with it', () => {
    const keyed = resourcesOf(template, 'AWS::SQS::Queue').flatMap(([id, { Properties }]) =>
      Properties.KmsMasterKeyId ? id : [],
    );
    const roles = resourcesOf(template, 'AWS::IAM::ManagedPolicy').filter(([id]) => !id.startsWith('Oncall'));
    expect(roles.length).toBeGreaterThan(0);
    for (const [id, { Properties }] of roles) {
      const { Statement } = Properties.PolicyDocument;
      const viaSqs = JSON.stringify(Statement).includes('"sqs.');
      const queues = JSON.stringify(
        Statement.filter(({ Action }: Json) => [Action].flat().some((one) => one.startsWith('sqs:'))),
      );
      expect([id, viaSqs]).toEqual([id, keyed.some((queue) => queues.includes(`"${queue}"`))]);
    }
  });

  /**
   * EventBridge does not support aws:SourceAccount in the policy of a queue's key.
   * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
   */
  test("EventBridge may use the key for queues, and the bus's dead-letter queue does not need the key", () => {
    const queues = new Map(resourcesOf(template, 'AWS::SQS::Queue'));
    const isKeyed = (id: string): boolean => queues.get(id)?.Properties.KmsMasterKeyId !== undefined;
    const events = propertiesOf(template, 'AWS::KMS::Key')
      .flatMap(({ KeyPolicy }) => KeyPolicy.Statement)
      .filter(({ Principal }) => Principal.Service === 'events.amazonaws.com');
    const forQueues = events.filter(({ Condition }) => Condition.ArnLike?.['kms:EncryptionContext:aws:sqs:arn']);
    for (const { Condition } of forQueues) expect(JSON.stringify(Condition)).not.toContain('aws:Source');
    expect(forQueues).toHaveLength(settings.changeEvents && settings.customerManagedKey ? 1 : 0);
    for (const { DeadLetterConfig } of propertiesOf(template, 'AWS::Events::EventBus')) {
      if (settings.customerManagedKey) expect(isKeyed(DeadLetterConfig.Arn['Fn::GetAtt'][0])).toBe(false);
    }
  });

  /** `cdk import` reads only the resources in the mapping. https://docs.aws.amazon.com/cdk/v2/guide/ref-cli-cmd-import.html */
  test('resources that a new stack adopts refer to no others', () => {
    const adopted = resourcesOf(template, ...DATA).filter(
      ([, { Type, Properties }]) => Type !== 'AWS::Logs::LogGroup' && !(Properties.MessageRetentionPeriod <= 3_600),
    );
    const ids = adopted.map(([id]) => id);
    const named = [...JSON.stringify(adopted).matchAll(/"Ref":"(\w+)"|"Fn::GetAtt":\["(\w+)"/g)].map(([, ref, id]) => ref ?? id);
    expect(named.filter((id) => id !== undefined && id in template.Resources && !ids.includes(id))).toEqual([]);
    expect(adopted.flatMap(([, { DependsOn = [] }]) => DependsOn)).toEqual([]);
  });

  /** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
  test('only apply may write states and records; all others may read or delete at most, or write notes of their own', () => {
    const writes = /^dynamodb:(\*|Put|Update|BatchWrite|PartiQL|Import|Restore)/;
    const writing = (Statement: Json[]) =>
      Statement.filter(({ Effect, Action }) => Effect === 'Allow' && [Action].flat().some((one) => writes.test(one)));
    const writers = resourcesOf(template, 'AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy').flatMap(([id, { Properties }]) =>
      writing(Properties.PolicyDocument.Statement).map((statement) => [id.replace(/[0-9A-F]{8}$/, ''), noteIn(statement)]),
    );
    const allowed = [
      ['OncallErase', 'hold'],
      ['OncallHold', 'hold'],
      ...(settings.history
        ? [
            ['OncallErase', 'ERASED'],
            ['OncallHold', 'HOLDS'],
            ['OncallImport', 'HISTORY'],
          ]
        : []),
      ...(settings.history && settings.releaseCheck ? [['ReleaseCheckPermissions', 'HISTORY']] : []),
    ];
    expect(writers.filter(([, note]) => note !== undefined).sort()).toEqual(allowed.sort());
    expect(new Set(writers.filter(([, note]) => note === undefined).map(([id]) => id))).toEqual(new Set(['ApplyPermissions']));
  });

  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
  test('policies are no larger than IAM allows', () => {
    for (const { PolicyDocument } of propertiesOf(template, 'AWS::IAM::ManagedPolicy')) {
      expect(JSON.stringify(PolicyDocument).length).toBeLessThan(6_144);
    }
  });

  /**
   * Partitions have different ARNs, and China has different hosts. Values that a team sets are not checked.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
   */
  test('the template does not depend on the partition', () => {
    // If the region is set, the CDK writes its partition.
    if (!settings.region) expect(text.replaceAll(String(given.certificateArn), '').match(/arn:aws[:-][^"]*/)).toBeNull();
    expect(text.match(/[\w.-]*\.(us|eu|ap|cn)-\w+-\d\.amazonaws\.com/)).toBeNull();
  });
});

/** What a statement restricts writing to, if it does: a partition, or the attributes of a hold. */
const noteIn = ({ Action, Condition }: Json): string | undefined => {
  const { 'dynamodb:LeadingKeys': partitions, 'dynamodb:Attributes': attributes } =
    Condition?.['ForAllValues:StringEquals'] ?? {};
  if (partitions) return [partitions].flat().join();
  const isHold = attributes && ['as_of', 'status', 'level', 'email', 'note'].every((name) => !attributes.includes(name));
  // PutItem replaces the attributes that it does not name, too.
  return isHold && [Action].flat().join() === 'dynamodb:UpdateItem' ? 'hold' : undefined;
};

/** What an update changes is unavailable for a moment. */
test('the route of a path that becomes a former one does not change', () => {
  const [before, after] = ['staging', 'with a domain and former paths'].map((name) =>
    Object.fromEntries(
      resourcesOf(
        variant(name).template,
        'AWS::ApiGatewayV2::Route',
        'AWS::ApiGatewayV2::Integration',
        'AWS::Lambda::Permission',
      ),
    ),
  );
  const routes = Object.entries(before ?? {}).filter(([id]) => id.includes('webhooksfractal'));
  expect(routes.length).toBeGreaterThanOrEqual(3);
  for (const [id, resource] of routes) expect([id, after?.[id]]).toEqual([id, resource]);
});
