import { Duration } from 'aws-cdk-lib';
import { HIDE_FOR_SECONDS } from '../functions/dead-letters/look.ts';
import { ATTEMPTS } from '../functions/forward/forward.ts';
import type { Settings } from './settings.ts';

// All other durations are derived from these.
const FRACTAL_TIMEOUT = Duration.seconds(10);
const APPLY_TIMEOUT = Duration.seconds(10);
const RELEASE_CHECK_TIMEOUT = Duration.minutes(3);

// With a margin: in the bench, a new process gives its first response within 0.2 s on a dedicated CPU.
const COLD_START_SECONDS = 1;

const less = (duration: Duration, seconds: number) => Duration.seconds(duration.toSeconds() - seconds);

export const ingestTiming = {
  /** API Gateway's integration timeout. Leaves two seconds for the network round trip to Fractal. */
  answerWithin: less(FRACTAL_TIMEOUT, 2),
  /** Ingest gives up a second before this, so a cold start may take up to two seconds. */
  timeout: less(FRACTAL_TIMEOUT, 3),
} as const;

export const applyTiming = { timeout: APPLY_TIMEOUT } as const;

type Window = Pick<Settings, 'batchWindowSeconds'>;

/** The maximum batch size of apply. Without a batch window, Lambda allows at most 10 (AWS). */
export const batchSize = ({ batchWindowSeconds }: Window): number => (batchWindowSeconds > 0 ? 100 : 10);

/** AWS: at least six times the function's timeout, plus the batch window. */
export const visibilityTimeout = ({ batchWindowSeconds }: Window): Duration =>
  Duration.seconds(6 * APPLY_TIMEOUT.toSeconds() + batchWindowSeconds);

export const queueTiming = {
  /** Messages keep their original enqueue time, so this must be longer than the queue's retention. The SQS maximum. */
  deadLetterRetention: Duration.days(14),
  /** AWS: at least five, or throttling alone can move messages to the dead-letter queue. */
  attempts: 5,
  /**
   * How long dead letters can wait before a second alarm. The longest evaluation period of an alarm (AWS). A message may have
   * waited on the main queue before (`queueRetentionDays`, six at most), so at least a day is left to act.
   */
  expiryAlarmAfter: Duration.days(7),
} as const;

export const publishTiming = {
  timeout: Duration.seconds(30),
  /** The maximum batch size of publish: ten calls of ten events. */
  batchSize: 100,
  unpublishedRetention: Duration.days(14),
  /**
   * The age at which Lambda discards records: half an hour before the stream does (AWS: a day), and half an hour after publish sets aside
   * what EventBridge rejects.
   */
  discardAfter: Duration.minutes(23.5 * 60),
  /** How long events of test users wait for `doctor`. */
  checkRetention: Duration.minutes(5),
  /** How long events wait for a listener of `events`. A replay can put more on the queue than a listener reads in minutes. */
  listenerRetention: Duration.hours(1),
} as const;

export const widgetTiming = {
  /** Ends before the messages become visible to others. Reading takes up to 12 s, and redriving 1,000 messages as long again. */
  timeout: Duration.seconds(HIDE_FOR_SECONDS - 5),
  /** The reserved concurrency: how many people can view the widget at once. */
  concurrency: 2,
} as const;

export const releaseTiming = {
  timeout: RELEASE_CHECK_TIMEOUT,
  /** How long failures are retried, because a new permission takes a while to become effective (AWS, IAM). */
  patience: Duration.minutes(1),
  /** CloudFormation's default is an hour, if the function ends without a response. */
  answerWithin: Duration.seconds(RELEASE_CHECK_TIMEOUT.toSeconds() + 30),
} as const;

const FORWARD_TIMEOUT = Duration.seconds(15);

export const forwardTiming = {
  /** Longer than a backend may take, with the calls before and after. */
  timeout: FORWARD_TIMEOUT,
  /** AWS: at least six times the function's timeout. The function hides what failed for longer. */
  visibilityTimeout: Duration.seconds(6 * FORWARD_TIMEOUT.toSeconds()),
  /** The function sets events aside before. More attempts are for crashes. */
  attempts: ATTEMPTS + 10,
  batchSize: 10,
  retention: Duration.days(14),
} as const;

export const comparisonTiming = {
  /** The maximum of Lambda (AWS). */
  timeout: Duration.minutes(15),
  /** How long notifications that may be on the way are waited for. Fractal's first three retries come within 140 seconds. */
  pause: Duration.minutes(5),
  /** When it runs, in UTC. All attempts begin within the same hour. */
  hour: 3,
  minute: 5,
} as const;

/**
 * The maximum number of concurrent requests: a full burst, and those that arrive during a cold start. With less concurrency, API
 * Gateway would return 5xx for some of them.
 */
export const ingestConcurrency = ({ throttleBurst, throttleRate }: Pick<Settings, 'throttleBurst' | 'throttleRate'>): number =>
  throttleBurst + throttleRate * COLD_START_SECONDS;

/** The batches that publish can have at once: of each shard of the table's stream, and one for a shard that is split. */
export const publishConcurrency = ({
  streamParallelization,
  warmWrites = 0,
}: Pick<Settings, 'streamParallelization' | 'warmWrites'>): number =>
  // A new table has four partitions; each takes a thousand writes per second (AWS).
  (Math.max(4, Math.ceil(warmWrites / 1_000)) + 1) * streamParallelization;

/** The total concurrency of all functions during a burst. */
export const concurrencyNeeded = (settings: Settings): number =>
  ingestConcurrency(settings) +
  settings.applyConcurrency +
  (settings.changeEvents ? publishConcurrency(settings) : 0) +
  (settings.forwardTo?.concurrency ?? 0);
