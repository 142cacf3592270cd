import { Token } from 'aws-cdk-lib';
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

/** How a receiver is deployed: the construct's settings. */
export interface ReceiverSettings {
  /** Which defaults apply: see stages.ts. */
  readonly stage: (typeof STAGES)[number];
  /** Tags for all resources, besides `application`, `installation` and `stage`. */
  readonly tags: Readonly<Record<string, string>>;

  /** Whether table, queues, secret and logs outlive the stack. */
  readonly keepData: boolean;
  /** Whether DynamoDB refuses to delete the table. Only once the stack stands: a first creation that fails could not clean up. */
  readonly tableProtection: boolean;
  /** The number of days back to any second of which the table can be restored: 1 to 35. */
  readonly recoveryDays: number;
  /** How long a message may wait on the queue, in days: 1 to 6. See limits.ts for why not longer. */
  readonly queueRetentionDays: number;
  /** In days, as CloudWatch Logs takes them: 1, 3, 5, 7, 14, 30, 60, 90 and so on, up to ten years. */
  readonly logRetentionDays: RetentionDays;
  /** With `WARN`, the dashboard lacks what goes well. Every alarm works with either. */
  readonly logLevel: 'INFO' | 'WARN';
  /** Whether X-Ray records traces: of the first request in each second and 5 % of the others, at five dollars per million. */
  readonly tracing: boolean;

  /** Who is told by e-mail when an alarm rings. AWS sends each a link first, which must be followed. */
  readonly alarmEmail: readonly string[];
  /** The alarms' descriptions link to sections of this page. */
  readonly runbookUrl: string;
  /** An alarm rings when nothing was accepted for this many hours; 0 switches it off. At most a week (AWS). */
  readonly silenceAlarmHours: number;

  /** Requests per second that the route takes, 1 to 10,000; others are answered 429 by API Gateway, and Fractal tries again. */
  readonly throttleRate: number;
  /** How many requests may come at once: 1 to 5,000. */
  readonly throttleBurst: number;
  /**
   * For how many seconds Lambda waits for a fuller batch before it invokes apply. With 0 a notification is in the table at once; from a few
   * per second on, a window of 1 is cheaper. Not longer than 20: `doctor` and `send --wait` wait for half a minute.
   */
  readonly batchWindowSeconds: number;
  /** How many batches apply works on at once, at most. AWS: 2 to 1,000. */
  readonly applyConcurrency: number;
  /** Whether the concurrency that the functions need is set aside for them. A new account has none to set aside. */
  readonly reserveConcurrency: boolean;
  /** Whether every change of the table is published as an event, on a bus of the stack's own. */
  readonly changeEvents: boolean;
  /** Whether the widget on the dashboard has buttons that send dead letters back to the queue. */
  readonly redriveFromDashboard: boolean;
  /** Whether a new version must prove that it works before it gets any traffic. */
  readonly releaseCheck: boolean;

  /** The path of the webhook's URL. */
  readonly webhookPath: string;
  /** A domain name of your own for the webhook, with the ARN of its certificate in this region. */
  readonly domainName?: string | undefined;
  readonly certificateArn?: string | undefined;
  /** Whether the URL that API Gateway gives stops working. Only once Fractal has the one with your domain name. */
  readonly disableDefaultUrl: boolean;
  /** Whether all data is encrypted with a key of your own instead of AWS's: a dollar a month, and three per million uses. */
  readonly customerManagedKey: boolean;
}

/** How one installation is deployed: the receiver, in a stack of its own. */
export interface Settings extends ReceiverSettings {
  /** The account and the region that it belongs to: the CDK refuses to deploy it anywhere else. Without them, those of the credentials. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** Whether CloudFormation refuses to delete the stack. */
  readonly terminationProtection: boolean;
}

/** What a team says of an installation; the rest is as its stage has it. */
export type InstallationSettings = Pick<Settings, 'stage'> & Partial<Settings>;

// A value that the CDK knows at deployment only can not be checked before.
const Known = (pattern: RegExp, message: string) =>
  v.pipe(
    v.string(),
    v.check((text) => Token.isUnresolved(text) || pattern.test(text), message),
  );

const SettingsSchema = v.object({
  stage: OneOf(STAGES),
  account: v.optional(v.pipe(v.string(), v.regex(/^\d{12}$/, 'an account id of 12 digits'))),
  region: v.optional(v.pipe(v.string(), v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as eu-central-1'))),
  tags: v.optional(v.record(v.string(), v.string(), 'a map from tags to values'), {}),
  keepData: YesOrNo,
  terminationProtection: YesOrNo,
  tableProtection: YesOrNo,
  recoveryDays: Whole(1, 35),
  queueRetentionDays: Whole(1, 6),
  logRetentionDays: v.pipe(
    Whole(1, RetentionDays.TEN_YEARS),
    v.check((days) => LOG_RETENTIONS.includes(days), `one of ${LOG_RETENTIONS.join(', ')}`),
  ),
  logLevel: OneOf(['INFO', 'WARN']),
  tracing: YesOrNo,
  alarmEmail: v.optional(Addresses, []),
  runbookUrl: v.pipe(v.string('a URL or a path'), v.nonEmpty('a URL or a path')),
  silenceAlarmHours: Whole(0, 168),
  throttleRate: Whole(1, 10_000),
  throttleBurst: Whole(1, 5_000),
  batchWindowSeconds: Whole(0, 20),
  applyConcurrency: Whole(2, 1_000),
  reserveConcurrency: YesOrNo,
  changeEvents: YesOrNo,
  redriveFromDashboard: YesOrNo,
  releaseCheck: YesOrNo,
  webhookPath: v.pipe(v.string(), v.regex(/^(\/[\w.~-]+)+$/, 'a path such as /webhooks/fractal')),
  domainName: v.optional(v.pipe(v.string(), v.domain('a domain name such as webhooks.example.com'))),
  certificateArn: v.optional(Known(/^arn:aws[\w-]*:acm:/, 'the ARN of a certificate in ACM')),
  disableDefaultUrl: YesOrNo,
  customerManagedKey: YesOrNo,
} satisfies Record<keyof Settings, v.GenericSchema>);

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
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  const parsed = v.safeParse(SettingsSchema, { ...DEFAULTS[stage.output], ...Object.fromEntries(said) });
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
