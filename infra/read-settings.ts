import { Token } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import * as v from 'valibot';
import { STATUSES } from '../functions/core/facets.ts';
import { type Settings, STAGES } from './settings.ts';
import { sizeOf, sizeProblems } from './size.ts';
import { DEFAULTS } from './stages.ts';

/** The retention periods that CloudWatch Logs supports, in days. */
const LOG_RETENTIONS = Object.values(RetentionDays).filter((days) => typeof days === 'number' && days <= RetentionDays.TEN_YEARS);

// Context values from the command line are text; from a file they are typed.
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
const ListOf = <Item extends v.GenericSchema<string, string>>(item: Item, message: string) =>
  v.pipe(
    v.union(
      [
        v.array(v.string()),
        v.pipe(
          v.string(),
          v.transform((text) => text.split(',').map((part) => part.trim())),
        ),
      ],
      message,
    ),
    v.array(item),
  );
// A value that is only known at deployment can't be validated.
const Known = (pattern: RegExp, message: string) =>
  v.pipe(
    v.string(),
    v.check((text) => Token.isUnresolved(text) || pattern.test(text), message),
  );

const ADDRESSES = 'an e-mail address or a list of e-mail addresses';
// Address of the HTML standard, which allows what mail servers do. https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
const Address = Known(
  /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)+$/i,
  ADDRESSES,
);
// With internationalized names as they are in the DNS, such as xn--p1ai.
const Domain = Known(
  /^(?=.{1,253}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+(?!\d+$)[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i,
  'a domain name such as webhooks.example.com',
);
const PATHS = 'a path or a list of paths such as /webhooks/fractal';
const Path = (message: string) => v.pipe(v.string(), v.regex(/^(\/[\w.~-]+)+$/, message));

const KEY = 'true, false, a key, or the ARN of a key in KMS';
const KeyArn = Known(/^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/, KEY);
const OwnKey = v.custom<IKey>((value) => typeof (value as Partial<IKey> | null)?.keyArn === 'string', KEY);

const URL_WORDS = 'an object whose url begins with https://, without a user name and a password';
const ForwardToSchema = v.strictObject(
  {
    url: v.pipe(
      v.string(URL_WORDS),
      // A backend on this machine is for tries on the laptop.
      v.check(
        (text) =>
          Token.isUnresolved(text) || /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost)(?=[:/]))[^/?#@]*([/?#]|$)/.test(text),
        URL_WORDS,
      ),
    ),
    levels: v.optional(v.pipe(v.array(v.string()), v.nonEmpty('an object whose levels, if given, are at least one'))),
    statuses: v.optional(
      v.pipe(v.array(v.picklist(STATUSES, `an object whose statuses are some of ${STATUSES.join(', ')}`)), v.nonEmpty()),
    ),
    checks: v.optional(v.boolean('an object whose checks is true or false'), false),
    concurrency: v.optional(Whole(2, 1_000), 5),
  },
  'an object such as { url: "https://backend.example.com/fractal" }, with levels, statuses, checks and concurrency if you like',
);

const SettingsSchema = v.object({
  stage: OneOf(STAGES),
  account: v.optional(v.pipe(v.string(), v.regex(/^\d{12}$/, 'an account id of 12 digits'))),
  region: v.optional(v.pipe(v.string(), v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as eu-central-1'))),
  // The longest that fits into a role's name; the name of a bucket has no capitals.
  // https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
  bootstrapQualifier: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9]{1,10}$/, '1 to 10 lower-case letters and digits'))),
  tags: v.optional(v.record(v.string(), v.string(), 'a map of tag names to values'), {}),
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
  alarmEmail: v.optional(ListOf(Address, ADDRESSES), []),
  runbookUrl: v.pipe(v.string('a URL or a path'), v.nonEmpty('a URL or a path')),
  silenceAlarmHours: Whole(0, 168),
  expectedPerSecond: v.optional(Whole(1, 10_000)),
  throttleRate: Whole(1, 10_000),
  throttleBurst: Whole(1, 5_000),
  batchWindowSeconds: Whole(0, 20),
  applyConcurrency: Whole(2, 1_000),
  streamParallelization: Whole(1, 10),
  warmWrites: v.optional(Whole(4_000, 40_000)),
  reserveConcurrency: YesOrNo,
  changeEvents: YesOrNo,
  history: YesOrNo,
  reconcile: YesOrNo,
  reconcileDaily: v.union([YesOrNo, v.literal('staging')], 'true, false or staging'),
  forwardTo: v.optional(ForwardToSchema),
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
  eventBusName: v.optional(
    v.pipe(v.string(), v.regex(/^(?!default$)[\w.-]{1,256}$/, 'a name of letters, digits, ".", "-" and "_", other than default')),
  ),
  redriveFromDashboard: YesOrNo,
  releaseCheck: YesOrNo,
  webhookPath: Path('a path such as /webhooks/fractal'),
  formerWebhookPaths: v.optional(ListOf(Path(PATHS), PATHS), []),
  domainName: v.optional(Domain),
  certificateArn: v.optional(Known(/^arn:aws[\w-]*:acm:/, 'the ARN of a certificate in ACM')),
  disableDefaultUrl: YesOrNo,
  customerManagedKey: v.union([YesOrNo, KeyArn, OwnKey], KEY),
} satisfies Record<keyof Settings, v.GenericSchema>);

export const SETTING_NAMES: readonly string[] = Object.keys(SettingsSchema.entries);

const DEPENDENCIES: readonly ((settings: Settings) => string | undefined)[] = [
  ({ domainName, certificateArn }) =>
    (domainName === undefined) === (certificateArn === undefined)
      ? undefined
      : 'domainName and certificateArn must be set together',
  ({ disableDefaultUrl, domainName }) =>
    disableDefaultUrl && domainName === undefined
      ? 'disableDefaultUrl requires domainName: otherwise there is no URL'
      : undefined,
  ({ forwardTo, changeEvents }) => (forwardTo && !changeEvents ? 'forwardTo requires changeEvents: true' : undefined),
  ({ reconcile, reconcileDaily }) =>
    reconcileDaily && !reconcile ? 'reconcileDaily requires reconcile: true, which has the credentials' : undefined,
  ({ webhookPath, formerWebhookPaths }) => {
    const paths = [webhookPath, ...formerWebhookPaths];
    const twice = paths.find((path, index) => paths.indexOf(path) !== index);
    return twice && `${twice} must be in webhookPath and formerWebhookPaths once`;
  },
];

/** Wrong settings. The message is for the person who set them. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * The settings of one installation, with its stage's defaults.
 *
 * @param names those that may be given
 * @throws SettingsError that names each wrong value and the expected one
 */
export const readSettings = (given: Readonly<Record<string, unknown>>, names = SETTING_NAMES): Settings => {
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new SettingsError(`Unknown setting ${unknown.join(', ')}. The settings are ${names.join(', ')}.`);

  const stage = v.safeParse(SettingsSchema.entries.stage, given.stage);
  if (!stage.success) throw new SettingsError(complaint('stage', given.stage, stage.issues[0].message));
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const expected = v.safeParse(SettingsSchema.entries.expectedPerSecond, given.expectedPerSecond);
  const size = expected.success && expected.output !== undefined ? sizeOf(expected.output) : {};
  const parsed = v.safeParse(SettingsSchema, { ...DEFAULTS[stage.output], ...size, ...Object.fromEntries(set) });
  if (!parsed.success) {
    const complaints = parsed.issues.map((issue) =>
      complaint(String(issue.path?.[0]?.key), issue.path?.[0]?.value, issue.message),
    );
    throw new SettingsError([...new Set(complaints)].join('\n'));
  }
  const problems = [...DEPENDENCIES.flatMap((problemOf) => problemOf(parsed.output) ?? []), ...sizeProblems(parsed.output)];
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return parsed.output;
};

const complaint = (name: string, value: unknown, expected: string): string =>
  `${name} is ${shown(value)}; it must be ${expected}.${Token.isUnresolved(value) ? ' It has to be known when the app is synthesized.' : ''}`;

// A construct can't be written as JSON.
const shown = (value: unknown): string =>
  value instanceof Construct
    ? `the construct ${value.node.path}`
    : Token.isUnresolved(value)
      ? 'a value that is only known at deployment'
      : JSON.stringify(value);
