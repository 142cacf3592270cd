import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';

export const STAGES = ['dev', 'staging', 'prod'] as const;

/** Where events are sent by HTTPS, and which. */
export interface ForwardTo {
  /** The URL of a backend. It must answer with 2xx within ten seconds. */
  readonly url: string;
  /** The levels of verifications. Default: all events, also of credentials and addresses. */
  readonly levels?: readonly string[] | undefined;
  /** The statuses of verifications: `approved`, `contacted`, `rejected`. Default: all events. */
  readonly statuses?: readonly ('approved' | 'contacted' | 'rejected')[] | undefined;
  /** Whether the backend gets the events of doctor's test user too, with the source `fractal-webhooks.check`. Default: false. */
  readonly checks: boolean;
  /** How many batches of up to ten events are sent at once: 2 to 1,000 (AWS). Default: 5. */
  readonly concurrency: number;
}

/** The settings of the construct. */
export interface ReceiverSettings {
  /** Selects the defaults, see stages.ts. */
  readonly stage: (typeof STAGES)[number];
  /** Tags for all resources, in addition to `application`, `installation` and `stage`. */
  readonly tags: Readonly<Record<string, string>>;

  /** Whether table, queues, secret and logs are kept when the stack is deleted. */
  readonly keepData: boolean;
  /** DynamoDB deletion protection. Set it only after the first deployment: if that fails, the table must be deletable. */
  readonly tableProtection: boolean;
  /** How many days back the table can be restored, to any second: 1 to 35. */
  readonly recoveryDays: number;
  /** How long a message may wait on the queue, in days: 1 to 6. See limits.ts for the reason of the maximum. */
  readonly queueRetentionDays: number;
  /** A retention period that CloudWatch Logs supports, in days: 1, 3, 5, 7, 14, 30, 60, 90 and so on, up to ten years. */
  readonly logRetentionDays: RetentionDays;
  /** With `WARN`, the dashboard does not show successful outcomes. All alarms work with both levels. */
  readonly logLevel: 'INFO' | 'WARN';
  /**
   * X-Ray tracing: of the first request in each second and 5 % of the others, at $5 per million traces. That is $15 at a million
   * notifications a month, when nearly every one is the first in its second.
   */
  readonly tracing: boolean;

  /** The recipients of alarm notifications. AWS first sends each a confirmation link, which must be followed. */
  readonly alarmEmail: readonly string[];
  /** The page to whose sections the alarm descriptions link. */
  readonly runbookUrl: string;
  /** Triggers an alarm if Fractal sends nothing for this many hours: 0 (no alarm) to 168, a week (AWS). */
  readonly silenceAlarmHours: number;

  /**
   * How many notifications per second come at the busiest time: 1 to 10,000. The defaults of the limits below are derived from it, with
   * room for as many retries; each can still be set. See docs/scale.md.
   */
  readonly expectedPerSecond?: number | undefined;
  /** The route's limit in requests per second: 1 to 10,000. Others get 429, and Fractal retries. */
  readonly throttleRate: number;
  /** The route's burst limit in requests: 1 to 5,000. */
  readonly throttleBurst: number;
  /**
   * How many seconds Lambda waits to fill a batch before it invokes apply: 0 to 20. With 0 there is no delay; at more than a few
   * notifications per second, 1 is cheaper. The maximum is 20 because `doctor` and `send --wait` wait for 30 seconds.
   */
  readonly batchWindowSeconds: number;
  /** The maximum number of batches that apply processes at once. AWS: 2 to 1,000. */
  readonly applyConcurrency: number;
  /** How many batches of each shard of the table's stream are published at once: 1 to 10 (AWS). The changes of an item stay in order. */
  readonly streamParallelization: number;
  /**
   * How many writes per second each table must take at once: 4,000 to 40,000. Default: what DynamoDB gives a new table, 4,000. Raising
   * it is charged once (AWS: warm throughput); it cannot be lowered again.
   */
  readonly warmWrites?: number | undefined;
  /** Whether to reserve the concurrency that the functions need. A new account has too little to reserve any. */
  readonly reserveConcurrency: boolean;
  /** Whether every change to the table is published as an event on the stack's event bus. */
  readonly changeEvents: boolean;
  /** Whether every delivery is recorded in a second table, the history. */
  readonly history: boolean;
  /** Whether the stack has a secret for the credentials of Fractal's API, and the policy *Reconcile* that may read it. */
  readonly reconcile: boolean;
  /** Whether a function compares the table with Fractal once a day: with Fractal's production, or with its staging. Requires `reconcile`. */
  readonly reconcileDaily: boolean | 'staging';
  /** Sends events to a backend by HTTPS. Requires `changeEvents`. */
  readonly forwardTo?: ForwardTo | undefined;
  /** The name of the event bus: that of a stack of release 1.0, so that an update does not replace it. Default: that of the stack and `-changes`. */
  readonly eventBusName?: string | undefined;
  /** Whether the dashboard widget has buttons to redrive dead letters. */
  readonly redriveFromDashboard: boolean;
  /** Whether new versions are checked before they get traffic. */
  readonly releaseCheck: boolean;

  /** The path of the webhook's URL. */
  readonly webhookPath: string;
  /** Former paths, at which the webhook continues to answer. */
  readonly formerWebhookPaths: readonly string[];
  /** A custom domain name for the webhook. Requires `certificateArn`: its ACM certificate in the same region. */
  readonly domainName?: string | undefined;
  readonly certificateArn?: string | undefined;
  /** Whether to disable API Gateway's default URL. Set it only after Fractal uses your domain name. */
  readonly disableDefaultUrl: boolean;
  /**
   * Whether to encrypt all data with a customer managed KMS key ($1 a month, and $3 per million uses); or a key of your own or its ARN.
   * Two queues stay on the key of SQS: that of unpublished changes, which is needed on the day the key can't be used, and that of test events.
   */
  readonly customerManagedKey: boolean | string | IKey;
}

/** The settings of an installation: a receiver in its own stack. */
export interface Settings extends ReceiverSettings {
  /** The account and region; the CDK refuses to deploy anywhere else. Default: those of the credentials. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** Selects the bootstrap stack, with its roles and its bucket, in an account that has several. Default: that of the CDK. */
  readonly bootstrapQualifier?: string | undefined;
  /** CloudFormation termination protection of the stack. */
  readonly terminationProtection: boolean;
}

/** Settings as a team gives them: the stage has defaults for the rest, and text can stand for a list of one. */
export type Given<Of> = {
  readonly [Name in keyof Of]?:
    | (Of[Name] extends readonly string[]
        ? string | Of[Name]
        : Of[Name] extends ForwardTo | undefined
          ? Pick<ForwardTo, 'url'> & Partial<ForwardTo>
          : Of[Name])
    | undefined;
};

/** The settings of an installation. */
export type InstallationSettings = Pick<Settings, 'stage'> & Given<Settings>;

/** The settings that have a default in every stage. */
export type Defaults = {
  readonly [Name in keyof Settings as undefined extends Settings[Name]
    ? never
    : Exclude<Name, 'stage' | 'tags' | 'alarmEmail' | 'formerWebhookPaths'>]: Settings[Name];
};
