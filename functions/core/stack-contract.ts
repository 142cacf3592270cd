import * as v from 'valibot';

/** The start of the names of the rules that `events` creates to listen to the bus. Its permissions end there. */
export const LISTENER_PREFIX = 'fractal-webhooks-listener-';

/** The alarm that `doctor --test-alarm` puts into ALARM, without the name of the stack. */
export const TESTED_ALARM = 'apply-throttled';

/** What the template outputs, and the command line and other tools read, of a deployed and of a local stack. */
const StackOutputsSchema = v.object({
  WebhookUrl: v.string(),
  /** The other URLs at which the webhook answers, separated by commas: of a domain name and of former paths. */
  OtherWebhookUrls: v.exactOptional(v.string()),
  TableName: v.string(),
  /** Without `history`, the stack has none. */
  HistoryTableName: v.exactOptional(v.string()),
  /** Without `reconcile`, the stack has none. */
  ApiSecretId: v.exactOptional(v.string()),
  QueueUrl: v.string(),
  DeadLetterQueueUrl: v.string(),
  SecretId: v.string(),
  AlarmTopicArn: v.string(),
  /** The unreserved concurrency that a burst needs. */
  ConcurrencyNeeded: v.pipe(v.string(), v.digits()),
  /** The limit of the webhook in requests per second. Stacks before 1.2 do not tell it. */
  ThrottleRate: v.exactOptional(v.pipe(v.string(), v.digits())),
  // Without `changeEvents`, the stack has none of these.
  EventBusName: v.exactOptional(v.string()),
  EventArchiveArn: v.exactOptional(v.string()),
  UnpublishedQueueUrl: v.exactOptional(v.string()),
  EventCheckQueueUrl: v.exactOptional(v.string()),
  EventListenerQueueUrl: v.exactOptional(v.string()),
  TableStreamArn: v.exactOptional(v.string()),
  PublishLogGroup: v.exactOptional(v.string()),
  // Without `forwardTo`, the stack has none of these.
  ForwardUrl: v.exactOptional(v.string()),
  ForwardSecretId: v.exactOptional(v.string()),
  ForwardQueueUrl: v.exactOptional(v.string()),
  UnforwardedQueueUrl: v.exactOptional(v.string()),
  ForwardLogGroup: v.exactOptional(v.string()),
  /** `true` if the backend gets the events of test users, too. */
  ForwardsChecks: v.exactOptional(v.string()),
  /** Without `reconcileDaily`, the stack has none. */
  ComparisonLogGroup: v.exactOptional(v.string()),
  // Stacks of release 1.0 have none of these.
  DashboardName: v.exactOptional(v.string()),
  IngestLogGroup: v.exactOptional(v.string()),
  ApplyLogGroup: v.exactOptional(v.string()),
  ReleaseCheckLogGroup: v.exactOptional(v.string()),
  DeadLettersLogGroup: v.exactOptional(v.string()),
  AccessLogGroup: v.exactOptional(v.string()),
  DiscardedChangesBucket: v.exactOptional(v.string()),
  UndeliveredLogGroup: v.exactOptional(v.string()),
  Release: v.exactOptional(v.string()),
  /** The types of notifications that the release understands, separated by commas. */
  NotificationTypes: v.exactOptional(v.string()),
});

export type StackOutputs = v.InferOutput<typeof StackOutputsSchema>;

/** The outputs under the names of the command line: `tableName` for `TableName`. */
export type StackParts = { readonly [Name in keyof StackOutputs as Uncapitalize<Name>]: StackOutputs[Name] };

/** The start of the names of outputs in stacks in which a team has an output of the same name. */
export const OWN_OUTPUTS = 'FractalWebhooks';

/** Reads the outputs of a stack, which may have others too. @returns `undefined` if it is not a fractal-webhooks stack */
export const readParts = (outputs: Readonly<Record<string, string>>): StackParts | undefined => {
  const own = Object.entries(outputs).flatMap(([name, value]) =>
    name.startsWith(OWN_OUTPUTS) ? [[name.slice(OWN_OUTPUTS.length), value]] : [],
  );
  const parsed = v.safeParse(StackOutputsSchema, { ...outputs, ...Object.fromEntries(own) });
  if (!parsed.success) return undefined;
  const named = Object.entries(parsed.output).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]);
  return Object.fromEntries(named) as unknown as StackParts;
};
