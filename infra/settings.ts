import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as v from 'valibot';

const STAGES = ['dev', 'staging', 'prod'] as const;

/** What CloudWatch Logs can keep, in days. */
const LOG_RETENTIONS = Object.values(RetentionDays).filter((days) => typeof days === 'number' && days <= RetentionDays.TEN_YEARS);

// Context from the command line is text; from cdk.json it is JSON.
const Whole = (least: number, most: number) => {
  const message = `a whole number from ${least} to ${most}`;
  return v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.digits(), v.toNumber())], message),
    v.integer(message),
    v.minValue(least, message),
    v.maxValue(most, message),
  );
};
const OneOf = <const Options extends readonly string[]>(options: Options) => v.picklist(options, `one of ${options.join(', ')}`);
const YesOrNo = v.pipe(
  v.union([v.boolean(), v.picklist(['true', 'false'])], 'true or false'),
  v.transform((value) => value === true || value === 'true'),
);

const SettingsSchema = v.object({
  stage: OneOf(STAGES),

  /** Whether table, queues, secret and logs outlive the stack, and the table can not be deleted. */
  keepData: YesOrNo,
  /** For how many days back the table can be restored to any second. */
  recoveryDays: Whole(1, 35),
  /** How long a message may wait on the queue. The dead-letter queue keeps for 14 days from the first enqueuing on. */
  queueRetentionDays: Whole(1, 13),
  logRetentionDays: v.pipe(
    Whole(1, RetentionDays.TEN_YEARS),
    v.check((days) => LOG_RETENTIONS.includes(days), `one of ${LOG_RETENTIONS.join(', ')}`),
  ),
  /** With `WARN`, lines and metrics of what goes well are missing; the alarms do not need them, but for `silenceAlarmHours`. */
  logLevel: OneOf(['INFO', 'WARN']),

  /** Whether X-Ray records traces: of the first request in each second and 5 % of the others, at five dollars per million. */
  tracing: YesOrNo,

  /** Who is told by e-mail when an alarm rings. AWS sends a link first, which must be followed. */
  alarmEmail: v.optional(v.pipe(v.string(), v.email('an e-mail address'))),
  /** The alarms' descriptions link to sections of this page. */
  runbookUrl: v.pipe(v.string('a URL or a path'), v.nonEmpty('a URL or a path')),
  /** An alarm rings when nothing was accepted for so many hours. */
  silenceAlarmHours: v.optional(Whole(1, 24)),

  /** Requests per second that the route takes; others are answered 429 by API Gateway, and Fractal tries again. */
  throttleRate: Whole(1, 10_000),
  throttleBurst: Whole(1, 5_000),
  /** How many copies of apply run at once, at most. AWS: 2 to 1,000. */
  applyConcurrency: Whole(2, 1_000),
  /** How many copies of ingest run at once, at most, where concurrency is reserved. */
  ingestConcurrency: Whole(1, 1_000),
  /** Whether the account's concurrency is set aside for the two functions. A new account has none to spare. */
  reserveConcurrency: YesOrNo,
  /** Whether a new release takes over in steps, and is rolled back if an alarm rings. */
  gradualDeployment: YesOrNo,

  /** A domain name of your own for the webhook, with the ARN of its certificate in this region. */
  domainName: v.optional(v.pipe(v.string(), v.domain('a domain name such as webhooks.example.com'))),
  certificateArn: v.optional(v.pipe(v.string(), v.regex(/^arn:aws[\w-]*:acm:/, 'the ARN of a certificate in ACM'))),
  /** Whether all data is encrypted with a key of your own instead of AWS's: a dollar a month, and three per million uses. */
  customerManagedKey: YesOrNo,
});

/** How one stage is deployed. Each setting can be given with `-c name=value`, or in cdk.json's context. */
export type Settings = v.InferOutput<typeof SettingsSchema>;

const EVERYWHERE = {
  queueRetentionDays: 4,
  logLevel: 'INFO',
  tracing: true,
  runbookUrl: 'oncall/RUNBOOK.md',
  throttleRate: 50,
  throttleBurst: 100,
  applyConcurrency: 10,
  ingestConcurrency: 25,
  customerManagedKey: false,
};
const DEFAULTS: Record<(typeof STAGES)[number], Record<string, unknown>> = {
  dev: {
    ...EVERYWHERE,
    keepData: false,
    recoveryDays: 1,
    logRetentionDays: 7,
    reserveConcurrency: false,
    gradualDeployment: false,
  },
  staging: {
    ...EVERYWHERE,
    keepData: true,
    recoveryDays: 7,
    logRetentionDays: 30,
    reserveConcurrency: false,
    gradualDeployment: false,
  },
  prod: {
    ...EVERYWHERE,
    keepData: true,
    recoveryDays: 35,
    logRetentionDays: 90,
    reserveConcurrency: true,
    gradualDeployment: true,
  },
};

const DEPENDENCIES: readonly ((settings: Settings) => string | undefined)[] = [
  ({ domainName, certificateArn }) =>
    (domainName === undefined) === (certificateArn === undefined)
      ? undefined
      : 'domainName and certificateArn belong together: give both or none',
  ({ silenceAlarmHours, logLevel }) =>
    silenceAlarmHours !== undefined && logLevel !== 'INFO'
      ? 'silenceAlarmHours needs logLevel INFO: it counts the lines of what was accepted'
      : undefined,
];

/** What is wrong with the settings, in words for the person who gave them. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * The settings of the stage that is named, or of prod.
 *
 * @param context what was given; names that are more than letters are the CDK's own
 * @throws SettingsError that names each value that is wrong, with what would be right
 */
export const readSettings = (context: Readonly<Record<string, unknown>>): Settings => {
  const names = Object.keys(SettingsSchema.entries);
  const unknown = Object.keys(context).filter((name) => /^[a-z]+$/i.test(name) && !names.includes(name));
  if (unknown.length > 0) throw new SettingsError(`There is no setting ${unknown.join(', ')}. There are ${names.join(', ')}.`);

  const stage = v.safeParse(SettingsSchema.entries.stage, context.stage ?? 'prod');
  if (!stage.success) throw new SettingsError(complaint('stage', context.stage, stage.issues[0].message));
  const values = names.map((name) => [name, context[name] ?? DEFAULTS[stage.output][name]]);
  const parsed = v.safeParse(SettingsSchema, { ...Object.fromEntries(values), stage: stage.output });
  if (!parsed.success) {
    const complaints = parsed.issues.map((issue) => complaint(v.getDotPath(issue) ?? '', issue.input, issue.message));
    throw new SettingsError(complaints.join('\n'));
  }
  const problems = DEPENDENCIES.flatMap((problemOf) => problemOf(parsed.output) ?? []);
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return parsed.output;
};

const complaint = (name: string, value: unknown, right: string): string =>
  `${name} is ${JSON.stringify(value)}; it must be ${right}.`;
