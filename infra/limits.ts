import { Duration } from 'aws-cdk-lib';
import { HIDE_FOR_SECONDS } from '../functions/dead-letters/look.ts';
import type { Settings } from './settings.ts';

// Every duration here follows from one of these.
const FRACTAL_HANGS_UP = Duration.seconds(10);
const APPLY_TIMEOUT = Duration.seconds(10);
const RELEASE_CHECK_TIMEOUT = Duration.minutes(3);

// With a margin: the bench measures less than 0.2 s, on a processor of its own, to the first answer of a new process.
const COLD_START_SECONDS = 1;

const less = (duration: Duration, seconds: number) => Duration.seconds(duration.toSeconds() - seconds);

export const ingestTiming = {
  /** API Gateway answers for ingest when it must: two seconds are left for the way to Fractal and back. */
  answerWithin: less(FRACTAL_HANGS_UP, 2),
  /** Ingest gives up a second before this, so a cold start may take two. */
  timeout: less(FRACTAL_HANGS_UP, 3),
} as const;

export const applyTiming = { timeout: APPLY_TIMEOUT } as const;

type Window = Pick<Settings, 'batchWindowSeconds'>;

/** How many messages apply takes at once. Without a window, Lambda hands over what is there, ten at most (AWS). */
export const batchSize = ({ batchWindowSeconds }: Window): number => (batchWindowSeconds > 0 ? 100 : 10);

/** For how long a message that was taken stays hidden. AWS: at least six times the function's timeout, and the batch window on top. */
export const visibilityTimeout = ({ batchWindowSeconds }: Window): Duration =>
  Duration.seconds(6 * APPLY_TIMEOUT.toSeconds() + batchWindowSeconds);

export const queueTiming = {
  /** A message keeps its first enqueue time on the dead-letter queue, so that queue must keep longer. This is SQS's longest. */
  deadLetterRetention: Duration.days(14),
  /** AWS: at least five, or throttling alone sends messages to the dead-letter queue. */
  attempts: 5,
  /**
   * When dead letters ring again, if the queue was never empty meanwhile. The longest that an alarm can look back (AWS). A message
   * may have waited on the queue before (`queueRetentionDays`, six at most), so at least a day is left to act.
   */
  expiryAlarmAfter: Duration.days(7),
} as const;

export const publishTiming = {
  timeout: Duration.seconds(30),
  /** How many changes publish takes at once: ten calls of ten events. */
  batchSize: 100,
  /** How many shards of the table's stream are read at once, where that is set aside: a new table has four partitions (AWS). */
  concurrency: 5,
  unpublishedRetention: Duration.days(14),
  /** For how long the events of made-up people wait for whoever made them up. */
  checkRetention: Duration.minutes(5),
} as const;

export const widgetTiming = {
  /** Before what it holds is shown to others. It looks for twelve seconds at most, and needs as long again to redrive a thousand messages. */
  timeout: Duration.seconds(HIDE_FOR_SECONDS - 5),
  /** How many people look at once, where that is set aside. */
  concurrency: 2,
} as const;

export const releaseTiming = {
  timeout: RELEASE_CHECK_TIMEOUT,
  /** For how long what fails is tried again: a permission that was just given takes a while to work (AWS, IAM). */
  patience: Duration.minutes(1),
  /** CloudFormation would wait for an hour if the function died without an answer. */
  answerWithin: Duration.seconds(RELEASE_CHECK_TIMEOUT.toSeconds() + 30),
} as const;

/**
 * How many requests can be under way at once: those that the throttle lets in at once, and those that come while they start. With
 * fewer copies of ingest than that, API Gateway would answer the rest 5xx.
 */
export const ingestConcurrency = ({ throttleBurst, throttleRate }: Pick<Settings, 'throttleBurst' | 'throttleRate'>): number =>
  throttleBurst + throttleRate * COLD_START_SECONDS;

/** How many functions can run at once in a burst, of all together. */
export const concurrencyNeeded = (settings: Settings): number =>
  ingestConcurrency(settings) + settings.applyConcurrency + (settings.changeEvents ? publishTiming.concurrency : 0);
