import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as v from 'valibot';
import { DEFAULTS, STAGES } from './stages.ts';

/** What CloudWatch Logs can keep, in days. */
const LOG_RETENTIONS = Object.values(RetentionDays).filter((days) => typeof days === 'number' && days <= RetentionDays.TEN_YEARS);

// Context from the command line is text; from a file it is typed.
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
const ADDRESSES = 'an e-mail address, or a list of them';
const Addresses = v.pipe(
  v.union(
    [
      v.array(v.string()),
      v.pipe(
        v.string(),
        v.transform((text) => text.split(',')),
      ),
    ],
    ADDRESSES,
  ),
  v.array(v.pipe(v.string(), v.trim(), v.email(ADDRESSES))),
);

const SettingsSchema = v.object({
  /** Which defaults apply: see stages.ts. */
  stage: OneOf(STAGES),
  /** The account and the region that it belongs to: the CDK refuses to deploy it anywhere else. Without them, those of the credentials. */
  account: v.optional(v.pipe(v.string(), v.regex(/^\d{12}$/, 'an account id of 12 digits'))),
  region: v.optional(v.pipe(v.string(), v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as eu-central-1'))),
  /** Tags for all resources, besides `application`, `installation` and `stage`. */
  tags: v.optional(v.record(v.string(), v.string(), 'a map from tags to values'), {}),

  /** Whether table, queues, secret and logs outlive the stack. */
  keepData: YesOrNo,
  /** Whether CloudFormation refuses to delete the stack. */
  terminationProtection: YesOrNo,
  /** Whether DynamoDB refuses to delete the table. Only once the stack stands: a first creation that fails could not clean up. */
  tableProtection: YesOrNo,
  /** The number of days back to any second of which the table can be restored. */
  recoveryDays: Whole(1, 35),
  /** How long a message may wait on the queue, in days. See limits.ts for why not longer. */
  queueRetentionDays: Whole(1, 6),
  logRetentionDays: v.pipe(
    Whole(1, RetentionDays.TEN_YEARS),
    v.check((days) => LOG_RETENTIONS.includes(days), `one of ${LOG_RETENTIONS.join(', ')}`),
  ),
  /** With `WARN`, the dashboard lacks what goes well. Every alarm works with either. */
  logLevel: OneOf(['INFO', 'WARN']),
  /** Whether X-Ray records traces: of the first request in each second and 5 % of the others, at five dollars per million. */
  tracing: YesOrNo,

  /** Who is told by e-mail when an alarm rings. AWS sends each a link first, which must be followed. */
  alarmEmail: v.optional(Addresses, []),
  /** The alarms' descriptions link to sections of this page. */
  runbookUrl: v.pipe(v.string('a URL or a path'), v.nonEmpty('a URL or a path')),
  /** An alarm rings when nothing was accepted for this many hours; 0 switches it off. At most a week (AWS). */
  silenceAlarmHours: Whole(0, 168),

  /** Requests per second that the route takes; others are answered 429 by API Gateway, and Fractal tries again. */
  throttleRate: Whole(1, 10_000),
  /** How many requests may come at once. */
  throttleBurst: Whole(1, 5_000),
  /**
   * For how many seconds Lambda waits for a fuller batch before it invokes apply. With 0 a notification is in the table at once; from a few
   * per second on, a window of 1 is cheaper. Not longer than 20: `doctor` and `send --wait` wait for half a minute.
   */
  batchWindowSeconds: Whole(0, 20),
  /** How many batches apply works on at once, at most. AWS: 2 to 1,000. */
  applyConcurrency: Whole(2, 1_000),
  /** Whether the concurrency that the two functions need is set aside for them. A new account has none to set aside. */
  reserveConcurrency: YesOrNo,
  /** Whether every change of the table is published as an event, on a bus of the stack's own. */
  changeEvents: YesOrNo,
  /** Whether a new version must prove that it works before it gets any traffic. */
  releaseCheck: YesOrNo,

  /** The path of the webhook's URL. */
  webhookPath: v.pipe(v.string(), v.regex(/^(\/[\w.~-]+)+$/, 'a path such as /webhooks/fractal')),
  /** A domain name of your own for the webhook, with the ARN of its certificate in this region. */
  domainName: v.optional(v.pipe(v.string(), v.domain('a domain name such as webhooks.example.com'))),
  certificateArn: v.optional(v.pipe(v.string(), v.regex(/^arn:aws[\w-]*:acm:/, 'the ARN of a certificate in ACM'))),
  /** Whether the URL that API Gateway gives stops working. Only once Fractal has the one with your domain name. */
  disableDefaultUrl: YesOrNo,
  /** Whether all data is encrypted with a key of your own instead of AWS's: a dollar a month, and three per million uses. */
  customerManagedKey: YesOrNo,
});

/** How one installation is deployed. */
export type Settings = v.InferOutput<typeof SettingsSchema>;

/** What a team says of an installation; the rest is as its stage has it. */
export type InstallationSettings = Pick<v.InferInput<typeof SettingsSchema>, 'stage'> &
  Partial<v.InferInput<typeof SettingsSchema>>;

export const SETTING_NAMES: readonly string[] = Object.keys(SettingsSchema.entries);

const DEPENDENCIES: readonly ((settings: Settings) => string | undefined)[] = [
  ({ domainName, certificateArn }) =>
    (domainName === undefined) === (certificateArn === undefined)
      ? undefined
      : 'domainName and certificateArn belong together: give both or none',
  ({ disableDefaultUrl, domainName }) =>
    disableDefaultUrl && domainName === undefined ? 'disableDefaultUrl needs domainName: else no URL is left' : undefined,
];

/** What is wrong with the settings, in words for the person who gave them. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * The settings of one installation, with its stage's defaults for what is not given.
 *
 * @throws SettingsError that names each value that is wrong, with what would be right
 */
export const readSettings = (given: Readonly<Record<string, unknown>>): Settings => {
  const unknown = Object.keys(given).filter((name) => !SETTING_NAMES.includes(name));
  if (unknown.length > 0)
    throw new SettingsError(`There is no setting ${unknown.join(', ')}. There are ${SETTING_NAMES.join(', ')}.`);

  const stage = v.safeParse(SettingsSchema.entries.stage, given.stage);
  if (!stage.success) throw new SettingsError(complaint('stage', given.stage, stage.issues[0].message));
  const parsed = v.safeParse(SettingsSchema, { ...DEFAULTS[stage.output], ...given });
  if (!parsed.success) {
    const complaints = parsed.issues.map((issue) =>
      complaint(String(issue.path?.[0]?.key), issue.path?.[0]?.value, issue.message),
    );
    throw new SettingsError([...new Set(complaints)].join('\n'));
  }
  const problems = DEPENDENCIES.flatMap((problemOf) => problemOf(parsed.output) ?? []);
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return parsed.output;
};

const complaint = (name: string, value: unknown, right: string): string =>
  `${name} is ${JSON.stringify(value)}; it must be ${right}.`;
